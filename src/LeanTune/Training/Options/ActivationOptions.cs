using LeanTune.Activations;

namespace LeanTune.Training;

/// <summary>What the backward pass keeps of the activations, and in which form.</summary>
public sealed record ActivationOptions
{
    /// <summary>What is kept and what is computed again.</summary>
    /// <value>Default <see cref="ActivationMode.Layer"/>.</value>
    public ActivationMode Mode { get; init; } = ActivationMode.Layer;

    /// <summary>The form of what is kept.</summary>
    /// <value>Default <see cref="ActivationCodecName.LowRank"/>.</value>
    public ActivationCodecName Codec { get; init; } = ActivationCodecName.LowRank;

    /// <summary>Rank of the low-rank factors: a whole number, or a fraction of the features such as <c>1/8</c> or <c>0.125</c>.</summary>
    /// <value>Default <c>1/8</c>.</value>
    public string Rank { get; init; } = "1/8";

    /// <summary>Power iterations of the decomposition: each costs two more products and tightens the fit.</summary>
    /// <value>Default 0.</value>
    public int PowerIterations { get; init; }
}

/// <summary>The form of what is kept.</summary>
public enum ActivationCodecName
{
    /// <summary>The tensor itself: checkpointing.</summary>
    Exact,

    /// <summary>Low-rank factors found in the forward pass (LoRAct, arXiv 2509.23472).</summary>
    LowRank,
}
