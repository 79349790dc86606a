using LeanTune.Activations;

namespace LeanTune.Training;

/// <summary>What the backward pass keeps of the activations, and in which form.</summary>
/// <remarks>Most people need <see cref="Mode"/> and <see cref="Fidelity"/>; <see cref="Codec"/> and what follows choose the form by hand instead.</remarks>
public sealed record ActivationOptions
{
    /// <summary>What is kept and what is computed again.</summary>
    /// <value>Default null: <see cref="ActivationMode.Layer"/>; with a memory budget, what fits and is fastest, block by block.</value>
    public ActivationMode? Mode { get; init; }

    /// <summary>How true the gradients are, for the bytes that are kept.</summary>
    /// <value>Default null: <see cref="Training.Fidelity.Balanced"/>, unless <see cref="Codec"/> chooses the form by hand.</value>
    public Fidelity? Fidelity { get; init; }

    /// <summary>The form of what is kept, by hand.</summary>
    /// <value>Default null: by <see cref="Fidelity"/>.</value>
    public ActivationCodecName? Codec { get; init; }

    /// <summary>Bits of each number that the codec chain keeps: 1, 2, 3 or 4, beside what it keeps of each row.</summary>
    /// <value>Default null: 2, with codec chain.</value>
    public int? Bits { get; init; }

    /// <summary>Rank of the factors of codec low_rank: a whole number, a fraction of the features such as <c>1/8</c> or <c>0.125</c>, or the share of the energy to hold such as <c>energy 0.95</c>.</summary>
    /// <value>Default null: <c>1/8</c>, with codec low_rank.</value>
    public string? Rank { get; init; }

    /// <summary>Power iterations of codec low_rank: each costs two more products and tightens the fit.</summary>
    /// <value>Default 0.</value>
    public int PowerIterations { get; init; }

    /// <summary>In mode layer: keep the input of every so many blocks alone.</summary>
    /// <value>Default 1.</value>
    public int BlocksPerCheckpoint { get; init; } = 1;

    /// <summary>MiB that the insides of one block may take while it is computed, and the logits of one chunk of the loss; larger blocks are cut into tiles. Modes none and
    /// ops keep theirs anyway; where several blocks share a checkpoint, as many insides exist at once in the backward pass.</summary>
    /// <value>Default null: 64; with a memory budget, what fits.</value>
    public int? TileMib { get; init; }
}

/// <summary>How true the gradients are, for the bytes that are kept.</summary>
public enum Fidelity
{
    /// <summary>About 1.3 bits a number: cosine 0.95 to the exact gradient on a small real model, in mode layer. In mode ops 2 bits, each tensor coded alone.</summary>
    Small,

    /// <summary>About 2.3 bits a number: cosine 0.99; training follows the exact run. In mode ops 8 bits.</summary>
    Balanced,

    /// <summary>About 4.3 bits a number: cosine 0.999. In mode ops the same as <see cref="Balanced"/>, whose 8 bits are finer than that already.</summary>
    High,

    /// <summary>Everything as it is: gradient checkpointing.</summary>
    Exact,
}

/// <summary>The form of what is kept.</summary>
public enum ActivationCodecName
{
    /// <summary>The tensor itself: checkpointing.</summary>
    Exact,

    /// <summary>Low-rank factors found in the forward pass (LoRAct, arXiv 2509.23472).</summary>
    LowRank,

    /// <summary>A few bits of the difference to the block before, beside exact outliers and a few directions.</summary>
    Chain,
}
