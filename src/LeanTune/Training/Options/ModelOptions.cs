namespace LeanTune.Training;

/// <summary>The model to start from.</summary>
public sealed record ModelOptions
{
    /// <summary>The model's folder, as the hub has it: config.json, safetensors, tokenizer.json. In a recipe also the name of a model on the hub: <c>owner/name</c>, or <c>hub:owner/name</c>.</summary>
    /// <remarks>From code, a model on the hub is downloaded first: <see cref="Hub.HubClient.ModelAsync"/>.</remarks>
    public required string Path { get; init; }

    /// <summary>Data type of the frozen weights.</summary>
    /// <value>Default <see cref="WeightType.Auto"/>: bf16 where the CPU has bf16 dot products, else fp32; fp32 when all weights are trained.</value>
    public WeightType Dtype { get; init; } = WeightType.Auto;

    /// <summary>Where the weights come from.</summary>
    /// <value>Default <see cref="WeightStart.Pretrained"/>.</value>
    public WeightStart Start { get; init; } = WeightStart.Pretrained;

    /// <summary>The name of the base model on the hub, which is written into the adapter as <c>base_model_name_or_path</c>.</summary>
    /// <value>Default null: the name that the recipe takes the model by, the checkpoint's own <c>_name_or_path</c>, or the folder as given.</value>
    public string? HubId { get; init; }
}

/// <summary>Data type of weights in memory.</summary>
public enum WeightType
{
    /// <summary>Chosen from what the CPU does fast.</summary>
    Auto,

    /// <summary>32-bit floating point.</summary>
    Fp32,

    /// <summary>bfloat16: 16 bits, with the range of 32. For frozen weights alone.</summary>
    Bf16,
}

/// <summary>Where weights come from.</summary>
public enum WeightStart
{
    /// <summary>The folder's safetensors.</summary>
    Pretrained,

    /// <summary>Random, from the run's seed: only config.json and the tokenizer are read. For pre-training.</summary>
    Random,
}
