using LeanTune.Activations;

namespace LeanTune.Benchmarks.Codecs;

/// <summary>Plans by the bench's names of modes.</summary>
internal static class Plans
{
    private const string TwoBlocks = "layer2";

    /// <summary>The same for every block.</summary>
    /// <param name="blocks">How many.</param>
    /// <param name="mode">A mode of recipes, or <c>layer2</c>: layer, with two blocks a checkpoint.</param>
    /// <param name="codec">The codec.</param>
    /// <exception cref="ArgumentException">The mode is not known, or the codec cannot serve it.</exception>
    public static ActivationPlan Uniform(int blocks, string mode, IActivationCodec codec) =>
        ActivationPlan.Uniform(blocks, ModeOf(mode), codec, mode == TwoBlocks ? 2 : 1);

    /// <summary>The mode of a name.</summary>
    /// <exception cref="ArgumentException">The mode is not known.</exception>
    public static ActivationMode ModeOf(string mode) => mode == TwoBlocks
        ? ActivationMode.Layer
        : Enum.TryParse(mode, ignoreCase: true, out ActivationMode known)
            ? known
            : throw new ArgumentException($"The mode '{mode}' is not known: {TwoBlocks}, {string.Join(", ", Enum.GetNames<ActivationMode>().Select(name => name.ToLowerInvariant()))}.");
}
