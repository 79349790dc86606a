namespace LeanTune.Training;

/// <summary>What is trained.</summary>
public sealed record AdapterOptions
{
    /// <summary>The method.</summary>
    /// <value>Default <see cref="TrainingMethod.Lora"/>.</value>
    public TrainingMethod Method { get; init; } = TrainingMethod.Lora;

    /// <summary>LoRA rank R: each adapter holds R·(in + out) numbers.</summary>
    /// <value>Default 8.</value>
    public int Rank { get; init; } = 8;

    /// <summary>LoRA alpha: the branch is scaled by alpha / rank.</summary>
    /// <value>Default 16.</value>
    public double Alpha { get; init; } = 16;

    /// <summary>Dropout on the branch's input, from 0 to below 1.</summary>
    /// <value>Default 0.</value>
    public double Dropout { get; init; }

    /// <summary>Modules that get an adapter: <c>all-linear</c>, names or name endings, or one regular expression over the whole name.</summary>
    /// <value>Default <c>all-linear</c>: every linear layer of the blocks.</value>
    public IReadOnlyList<string> TargetModules { get; init; } = ["all-linear"];

    /// <summary>Scale by alpha / √rank instead (rsLoRA).</summary>
    /// <value>Default false.</value>
    public bool UseRslora { get; init; }

    /// <summary>PEFT adapter folder to continue from; its rank, alpha, scaling and modules are used, and other values stated beside it are an error; dropout is this run's own. Null starts anew.</summary>
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
