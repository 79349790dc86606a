using LeanTune.Activations;
using LeanTune.Activations.Codecs;

namespace LeanTune.Planning;

/// <summary>A way in which some blocks run, one of those a planner chooses from.</summary>
/// <param name="Mode">What is kept and what is computed again.</param>
/// <param name="Codec">The form of what is kept.</param>
/// <param name="Shared">Blocks that share a checkpoint.</param>
public sealed record BlockWay(ActivationMode Mode, IActivationCodec Codec, int Shared = 1)
{
    /// <summary>Everything kept.</summary>
    public static BlockWay Plain { get; } = new(ActivationMode.None, new Exact());

    /// <summary>Exact layer checkpointing.</summary>
    public static BlockWay Checkpointing { get; } = new(ActivationMode.Layer, new Exact());

    /// <summary>Whether gradients are those of plain autograd, to rounding.</summary>
    public bool IsExact => Mode == ActivationMode.None || Codec.Lossless;

    /// <summary>For people: <c>layer, residual chain, 2 bits</c>.</summary>
    public override string ToString() =>
        Mode == ActivationMode.None ? "none" : $"{Mode.ToString().ToLowerInvariant()}{(Shared > 1 ? $" by {Shared}" : "")}, {Codec}";
}
