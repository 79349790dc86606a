using LeanTune.Activations;

namespace LeanTune.Benchmarks.Codecs;

/// <summary>Plans by the bench's names of modes.</summary>
internal static class Plans
{
    /// <summary>The same for every block.</summary>
    /// <param name="blocks">How many.</param>
    /// <param name="mode">A mode of recipes, or <c>layer2</c>: layer, with two blocks a checkpoint.</param>
    /// <param name="codec">The codec.</param>
    /// <exception cref="ArgumentException">The mode is not known, or the codec cannot serve it.</exception>
    public static ActivationPlan Uniform(int blocks, string mode, IActivationCodec codec) => mode == "layer2"
        ? ActivationPlan.Uniform(blocks, ActivationMode.Layer, codec, blocksPerCheckpoint: 2)
        : Enum.TryParse(mode, ignoreCase: true, out ActivationMode known)
            ? ActivationPlan.Uniform(blocks, known, codec)
            : throw new ArgumentException($"The mode '{mode}' is not known: layer2, {string.Join(", ", Enum.GetNames<ActivationMode>().Select(name => name.ToLowerInvariant()))}.");
}
