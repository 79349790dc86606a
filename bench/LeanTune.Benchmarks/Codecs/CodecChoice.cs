using System.Globalization;
using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Training;
using static TorchSharp.torch;

namespace LeanTune.Benchmarks.Codecs;

/// <summary>A codec by the short spelling of the bench's command line.</summary>
/// <param name="Name">For people and reports.</param>
/// <param name="Family">Codecs that differ by their bits alone; a line of the plot.</param>
/// <param name="Codec">The codec.</param>
internal sealed record CodecChoice(string Name, string Family, IActivationCodec Codec)
{
    /// <summary>What the table shows unless told otherwise.</summary>
    public const string All = "exact,1/8,1/4,1/8:bf16,1/4:bf16,chain:1,chain:2,chain:3,chain:4,open:1,open:2,open:3,open:4";

    /// <summary>The recipe's word for it in a mode, or nothing where it has none.</summary>
    public string FidelityIn(string mode) =>
        Enum.GetValues<Fidelity>().Where(word => OfRecipe(word, mode).ToString() == Codec.ToString()).Select(Word).FirstOrDefault("");

    /// <summary>Reads a spelling: <c>exact</c>, <c>1/8</c>, <c>1/8:bf16</c>, <c>chain:2</c>, <c>open:2</c>, <c>int8</c>, or a recipe's word for fidelity.</summary>
    /// <param name="text">The spelling.</param>
    /// <param name="mode">The mode, which the words of recipes depend on.</param>
    /// <exception cref="ArgumentException">Another spelling.</exception>
    public static CodecChoice Parse(string text, string mode) => text.Split(':') switch
    {
        ["exact"] => new("exact", "exact", new Exact()),
        ["int8"] => new("int8", "int8", new EightBit()),
        ["chain" or "open", var bits] when int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && ResidualChain.BitChoices.Contains(number) => Residual(number, text.StartsWith("chain", StringComparison.Ordinal)),
        [var rank] when RankRule.TryParse(rank, out RankRule? rule) => new($"low_rank {rule}", "low_rank, fp32 factors", new LowRank(rule, factorType: ScalarType.Float32)),
        [var rank, "bf16"] when RankRule.TryParse(rank, out RankRule? rule) => new($"low_rank {rule} bf16", "low_rank, bf16 factors", new LowRank(rule, factorType: ScalarType.BFloat16)),
        [var word] when Enum.GetValues<Fidelity>().Where(each => Word(each) == word).ToArray() is [var fidelity] => OfRecipe(fidelity, mode) switch
        {
            ResidualChain chain => Residual(chain.Bits, chained: true),
            EightBit => Parse("int8", mode),
            _ => Parse("exact", mode),
        },
        _ => throw new ArgumentException($"The codec '{text}' is not known: exact; int8; a rank such as 1/8, 72 or 1/8:bf16; chain:B or open:B with B of "
            + $"{string.Join(", ", ResidualChain.BitChoices)}; or a recipe's small, balanced, high or exact are expected."),
    };

    private static IActivationCodec OfRecipe(Fidelity word, string mode) => ActivationPlans.Codec(new ActivationOptions { Mode = Plans.ModeOf(mode), Fidelity = word });

    private static string Word(Fidelity fidelity) => fidelity.ToString().ToLowerInvariant();

    private static CodecChoice Residual(int bits, bool chained) =>
        new(FormattableString.Invariant($"{(chained ? "chain" : "open")} {bits}"), chained ? "residual chain" : "residual, open", new ResidualChain(bits, chained));
}
