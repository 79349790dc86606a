namespace LeanTune.Activations;

/// <summary>How every block of a model runs and what it keeps.</summary>
/// <param name="Layers">One entry a block.</param>
public sealed record ActivationPlan(IReadOnlyList<LayerPlan> Layers)
{
    /// <summary>The same plan for every block.</summary>
    /// <param name="blocks">Number of blocks.</param>
    /// <param name="mode">What is kept and what is computed again.</param>
    /// <param name="codec">The form of what is kept.</param>
    /// <param name="blocksPerCheckpoint">In mode layer: keep the input of every so many blocks alone. The blocks between exist at once in the backward pass.</param>
    /// <exception cref="ArgumentException">The codec cannot serve what the mode keeps, or several blocks share a checkpoint in another mode than layer.</exception>
    public static ActivationPlan Uniform(int blocks, ActivationMode mode, IActivationCodec codec, int blocksPerCheckpoint = 1)
    {
        ArgumentNullException.ThrowIfNull(codec);
        ArgumentOutOfRangeException.ThrowIfLessThan(blocksPerCheckpoint, 1);
        if (blocksPerCheckpoint > 1 && mode != ActivationMode.Layer)
            throw new ArgumentException($"{blocksPerCheckpoint} blocks a checkpoint need mode layer; the mode is {mode}.", nameof(blocksPerCheckpoint));
        ActivationRole? role = mode switch
        {
            ActivationMode.Layer => ActivationRole.BlockInput,
            ActivationMode.Sublayer => codec.Chained ? ActivationRole.BlockInput : ActivationRole.Normalized,
            ActivationMode.Ops => ActivationRole.Normalized,
            _ => null,
        };
        if (role is { } kept && !codec.Serves(kept))
            throw new ArgumentException($"The codec {codec} cannot serve what mode {mode} keeps ({kept}).", nameof(codec));
        return new ActivationPlan([.. Enumerable.Range(0, blocks).Select(block => new LayerPlan(mode, codec, JoinsBefore: block % blocksPerCheckpoint != 0))]);
    }

    /// <summary>How many blocks, from this one on, share one checkpoint.</summary>
    internal int SharedFrom(int block)
    {
        int end = block + 1;
        while (end < Layers.Count && Layers[end] is { Mode: ActivationMode.Layer, JoinsBefore: true }) end++;
        return end - block;
    }
}
