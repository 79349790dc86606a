using LeanTune.Tokenization.Decoders;
using LeanTune.Tokenization.PreTokenizers;

namespace LeanTune.Tokenization.Files;

/// <summary>Reads the <c>decoder</c> part of tokenizer.json.</summary>
internal static class DecoderReader
{
    private static readonly Dictionary<string, Func<JsonNode, bool, Decoder>> Kinds = new(StringComparer.Ordinal)
    {
        ["Sequence"] = ReadSequence,
        ["ByteLevel"] = (_, _) => new ByteLevelDecoder(),
        ["ByteFallback"] = (_, inParts) => new ByteFallbackDecoder(inParts),
        ["Fuse"] = (_, _) => new FuseDecoder(),
        ["Metaspace"] = ReadMetaspace,
        ["WordPiece"] = (node, inParts) => new TokenMapDecoder(
            TokenRewrites.WordPiece(node["prefix"].AsStringOrNull() ?? "##", node["cleanup"].AsBoolean(absent: true)), inParts),
        ["BPEDecoder"] = ReadBpe,
        ["Replace"] = (node, inParts) => new TokenMapDecoder(
            TokenRewrites.Replaced(PatternReader.Read(node.Required("pattern")), node.Required("content").AsString()), inParts),
        ["Strip"] = (node, _) => new StripDecoder(
            char.ConvertFromUtf32(node.Required("content").AsCodePoint()), node["start"] is { IsNull: false } start ? start.AsCount() : 0, node["stop"] is { IsNull: false } stop ? stop.AsCount() : 0),
    };

    /// <summary>The decoder; one that joins tokens with spaces when the file has none.</summary>
    public static Decoder Read(JsonNode node) => node.IsNull ? new JoinDecoder() : ReadStage(node, tokensComeInParts: false);

    private static Decoder ReadStage(JsonNode node, bool tokensComeInParts)
    {
        JsonNode type = node.Required("type");
        return Kinds.TryGetValue(type.AsString(), out Func<JsonNode, bool, Decoder>? read)
            ? read(node, tokensComeInParts)
            : throw type.Unknown("decoder", type.AsString(), Kinds.Keys);
    }

    private static DecoderChain ReadSequence(JsonNode node, bool tokensComeInParts)
    {
        List<Decoder> decoders = [];
        foreach (JsonNode item in node.Required("decoders").Items())
        {
            Decoder decoder = ReadStage(item, tokensComeInParts);
            tokensComeInParts |= decoder.Fuses;
            decoders.Add(decoder);
        }
        return new DecoderChain(decoders);
    }

    private static TokenMapDecoder ReadMetaspace(JsonNode node, bool tokensComeInParts)
    {
        JsonNode replacement = node["replacement"];
        bool dropsFirst = PreTokenizerReader.ReadPrependScheme(node) != PrependScheme.Never;
        return new TokenMapDecoder(
            TokenRewrites.Metaspace(replacement.IsNull ? "▁" : char.ConvertFromUtf32(replacement.AsCodePoint()), dropsFirst), tokensComeInParts);
    }

    private static BpeSuffixDecoder ReadBpe(JsonNode node, bool tokensComeInParts)
    {
        string suffix = node["suffix"].AsStringOrNull() ?? "</w>";
        return suffix.Length > 0 ? new BpeSuffixDecoder(suffix, tokensComeInParts) : throw node.Error(".suffix", "expected a text that is not empty");
    }
}
