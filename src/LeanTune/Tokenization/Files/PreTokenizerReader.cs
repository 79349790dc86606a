using System.Text.RegularExpressions;
using LeanTune.Tokenization.PreTokenizers;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Files;

/// <summary>Reads the <c>pre_tokenizer</c> part of tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    private static readonly Dictionary<string, Func<JsonNode, PreTokenizer>> Kinds = new(StringComparer.Ordinal)
    {
        ["Sequence"] = node => new PreTokenizerSequence([.. node.Required("pretokenizers").Items().Select(ReadStage)]),
        ["ByteLevel"] = ReadByteLevel,
        ["Split"] = node => new Split(PatternReader.Read(node.Required("pattern")), ReadBehavior(node.Required("behavior")), node["invert"].AsBoolean(absent: false)),
        ["Digits"] = node => new Digits(node["individual_digits"].AsBoolean(absent: false)),
        ["Punctuation"] = node => new Split(new CodePointPattern(CodePoints.IsPunctuation), ReadBehavior(node["behavior"])),
        ["Whitespace"] = _ => new WordsAndSymbols(),
        ["WhitespaceSplit"] = _ => Blanks(),
        ["BertPreTokenizer"] = _ => new PreTokenizerSequence([Blanks(), new Split(new CodePointPattern(CodePoints.IsPunctuation), SplitBehavior.Isolated)]),
        ["Metaspace"] = ReadMetaspace,
        ["CharDelimiterSplit"] = ReadDelimiter,
        ["FixedLength"] = ReadFixedLength,
    };

    /// <summary>The pre-tokenizer; one without stages, which hands the text on as it is, when the file has none.</summary>
    public static PreTokenizer Read(JsonNode node) => node.IsNull ? new PreTokenizerSequence([]) : ReadStage(node);

    /// <summary>How a Metaspace stage says when a space goes before the text.</summary>
    public static PrependScheme ReadPrependScheme(JsonNode node)
    {
        JsonNode scheme = node["prepend_scheme"];
        bool prepends = node["add_prefix_space"].AsBoolean(absent: true);
        if (scheme.IsNull)
            return prepends ? PrependScheme.Always : PrependScheme.Never;
        PrependScheme value = scheme.AsString() switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            string other => throw scheme.Unknown("prepend scheme", other, ["always", "first", "never"]),
        };
        return prepends || value == PrependScheme.Never ? value : throw scheme.Error("contradicts add_prefix_space: false");
    }

    private static PreTokenizer ReadStage(JsonNode node)
    {
        JsonNode type = node.Required("type");
        return Kinds.TryGetValue(type.AsString(), out Func<JsonNode, PreTokenizer>? read) ? read(node) : throw type.Unknown("pre-tokenizer", type.AsString(), Kinds.Keys);
    }

    private static Split Blanks() => new(new CodePointPattern(CodePoints.IsWhiteSpace), SplitBehavior.Removed);

    private static ByteLevel ReadByteLevel(JsonNode node)
    {
        RegexPattern? words = node["use_regex"].AsBoolean(absent: true)
            ? new RegexPattern(new Regex(ByteLevel.WordPattern, RegexOptions.Compiled | RegexOptions.CultureInvariant), node)
            : null;
        return new ByteLevel(node["add_prefix_space"].AsBoolean(absent: true), words);
    }

    private static Metaspace ReadMetaspace(JsonNode node) =>
        new(node["replacement"] is { IsNull: false } replacement ? replacement.AsCodePoint() : '▁', ReadPrependScheme(node), node["split"].AsBoolean(absent: true));

    private static Split ReadDelimiter(JsonNode node)
    {
        int delimiter = node.Required("delimiter").AsCodePoint();
        return new Split(new CodePointPattern(codePoint => codePoint == delimiter), SplitBehavior.Removed);
    }

    private static FixedLength ReadFixedLength(JsonNode node)
    {
        int length = node.Required("length").AsCount();
        return length > 0 ? new FixedLength(length) : throw node.Error(".length", "expected a number above 0");
    }

    private static SplitBehavior ReadBehavior(JsonNode node)
    {
        if (node.IsNull)
            return SplitBehavior.Isolated;
        string name = node.AsString();
        foreach (SplitBehavior behavior in Enum.GetValues<SplitBehavior>())
            if (behavior.ToString() == name)
                return behavior;
        throw node.Unknown("split behavior", name, Enum.GetNames<SplitBehavior>());
    }
}
