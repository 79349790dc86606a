using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Training;

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

    /// <summary>The same for every block, by one word: a mode, and a rank or a fidelity behind it (none, ops-balanced, layer, layer-1/8, layer-72, layer-balanced, sublayer-high).</summary>
    /// <param name="way">The word; <c>@32</c> at its end, which sets the tiles' MiB, is not looked at.</param>
    /// <param name="blocks">How many.</param>
    /// <exception cref="ArgumentException">Mode, rank or fidelity is not known.</exception>
    public static ActivationPlan OfWay(string way, int blocks)
    {
        string[] parts = way.Split('@')[0].Split('-', 2);
        ActivationOptions options = new() { Mode = ModeOf(parts[0]), BlocksPerCheckpoint = parts[0] == TwoBlocks ? 2 : 1 };
        if (parts.Length == 1) options = options with { Fidelity = Fidelity.Exact };
        else if (RankRule.TryParse(parts[1], out _)) options = options with { Codec = ActivationCodecName.LowRank, Rank = parts[1] };
        else if (Enum.TryParse(parts[1], ignoreCase: true, out Fidelity fidelity)) options = options with { Fidelity = fidelity };
        else throw new ArgumentException($"The way '{way}' is not known: behind the mode a rank such as 1/8 or 72, or small, balanced, high or exact are expected.");
        return ActivationPlans.Of(options, blocks);
    }

    /// <summary>The mode of a name.</summary>
    /// <exception cref="ArgumentException">The mode is not known.</exception>
    public static ActivationMode ModeOf(string mode) => mode == TwoBlocks
        ? ActivationMode.Layer
        : Enum.GetValues<ActivationMode>().Where(known => mode.Equals(known.ToString(), StringComparison.OrdinalIgnoreCase)).ToArray() is [var one]
            ? one
            : throw new ArgumentException($"The mode '{mode}' is not known: {TwoBlocks}, {string.Join(", ", Enum.GetNames<ActivationMode>().Select(name => name.ToLowerInvariant()))}.");
}
