namespace LeanTune.Activations;

/// <summary>How every block of a model runs and what it keeps.</summary>
/// <param name="Layers">One entry a block.</param>
public sealed record ActivationPlan(IReadOnlyList<LayerPlan> Layers)
{
    /// <summary>The same plan for every block.</summary>
    /// <param name="blocks">Number of blocks.</param>
    /// <param name="mode">What is kept and what is computed again.</param>
    /// <param name="codec">The form of what is kept.</param>
    /// <exception cref="ArgumentException">The codec cannot serve what the mode keeps.</exception>
    public static ActivationPlan Uniform(int blocks, ActivationMode mode, IActivationCodec codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        ActivationRole? role = mode switch
        {
            ActivationMode.Layer => ActivationRole.BlockInput,
            ActivationMode.Sublayer => ActivationRole.Normalized,
            _ => null,
        };
        if (role is { } kept && !codec.Serves(kept))
            throw new ArgumentException($"The codec {codec} cannot serve what mode {mode} keeps ({kept}).", nameof(codec));
        LayerPlan plan = new(mode, codec);
        return new ActivationPlan([.. Enumerable.Repeat(plan, blocks)]);
    }
}
