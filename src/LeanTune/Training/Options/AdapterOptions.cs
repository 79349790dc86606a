namespace LeanTune.Training;

/// <summary>What is trained.</summary>
public sealed record AdapterOptions
{
    /// <summary>Whether an adapter beside frozen weights is trained, or all weights.</summary>
    /// <value>Default <see cref="TrainingMethod.Lora"/>.</value>
    public TrainingMethod Method { get; init; } = TrainingMethod.Lora;

    /// <summary>LoRA rank R: the adapter of one linear layer holds R·(in + out) numbers.</summary>
    /// <value>Default 8.</value>
    public int Rank { get; init; } = 8;

    /// <summary>LoRA alpha: what the adapter adds is scaled by alpha / rank.</summary>
    /// <value>Default 16.</value>
    public double Alpha { get; init; } = 16;

    /// <summary>Share of the adapter's input that is dropped at random while training, from 0 to below 1.</summary>
    /// <value>Default 0.</value>
    public double Dropout { get; init; }

    /// <summary>Modules that get an adapter: <c>all-linear</c>, names or name endings, or one regular expression over the whole name.</summary>
    /// <value>Default <c>all-linear</c>: every linear layer of the blocks.</value>
    public IReadOnlyList<string> TargetModules { get; init; } = ["all-linear"];

    /// <summary>Whether the scale is alpha / √rank instead (rsLoRA).</summary>
    /// <value>Default false.</value>
    public bool UseRslora { get; init; }

    /// <summary>A PEFT adapter to continue from, its folder or its name on the hub: its rank, alpha, scaling and modules are used, and other values stated beside it are an error; dropout is this run's own.</summary>
    /// <value>Default null: a new adapter.</value>
    public string? ContinueFrom { get; init; }
}

/// <summary>What is trained.</summary>
public enum TrainingMethod
{
    /// <summary>Low-rank adapters beside frozen weights.</summary>
    Lora,

    /// <summary>All weights, in fp32.</summary>
    Full,
}
