using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using static TorchSharp.torch;

namespace LeanTune.Benchmarks.Codecs;

/// <summary>A codec by the short spelling of the bench's command line.</summary>
/// <param name="Name">For people and reports.</param>
/// <param name="Family">Codecs that differ by their bits alone; a line of the plot.</param>
/// <param name="Codec">The codec.</param>
internal sealed record CodecChoice(string Name, string Family, IActivationCodec Codec)
{
    /// <summary>The recipe's word for it, or nothing where it has none.</summary>
    public string Fidelity => Codec is Exact ? "exact" : "";

    /// <summary>What the table shows unless told otherwise.</summary>
    public const string All = "exact,1/8,1/4,1/8:bf16,1/4:bf16";

    /// <summary>Reads a spelling: <c>exact</c>, <c>1/8</c>, <c>1/8:bf16</c>.</summary>
    /// <exception cref="ArgumentException">Another spelling.</exception>
    public static CodecChoice Parse(string text)
    {
        if (text == "exact") return new(text, text, new Exact());
        string[] parts = text.Split(':');
        if (RankRule.TryParse(parts[0], out RankRule? rank))
            switch (parts)
            {
                case [_]: return new($"low_rank {rank}", "low_rank, fp32 factors", new LowRank(rank, factorType: ScalarType.Float32));
                case [_, "bf16"]: return new($"low_rank {rank} bf16", "low_rank, bf16 factors", new LowRank(rank, factorType: ScalarType.BFloat16));
            }

        throw new ArgumentException($"The codec '{text}' is not known: exact, or a rank such as 1/8, 72 or 1/8:bf16, is expected.");
    }
}
