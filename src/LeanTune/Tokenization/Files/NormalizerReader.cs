using LeanTune.Tokenization.Normalizers;

namespace LeanTune.Tokenization.Files;

/// <summary>Reads the <c>normalizer</c> part of tokenizer.json.</summary>
internal static class NormalizerReader
{
    private static readonly Dictionary<string, Func<JsonNode, Normalizer>> Kinds = new(StringComparer.Ordinal)
    {
        ["Sequence"] = node => new NormalizerSequence([.. node.Required("normalizers").Items().Select(ReadStage)]),
        ["NFC"] = _ => new UnicodeForm(isCompatibility: false, composes: true),
        ["NFD"] = _ => new UnicodeForm(isCompatibility: false, composes: false),
        ["NFKC"] = _ => new UnicodeForm(isCompatibility: true, composes: true),
        ["NFKD"] = _ => new UnicodeForm(isCompatibility: true, composes: false),
        ["Nmt"] = _ => Filter.Nmt(),
        ["Lowercase"] = _ => new Lowercase(),
        ["StripAccents"] = _ => Filter.StripAccents(),
        ["Strip"] = node => new Strip(node["strip_left"].AsBoolean(absent: true), node["strip_right"].AsBoolean(absent: true)),
        ["Prepend"] = node => new Prepend(node.Required("prepend").AsString()),
        ["Replace"] = node => new Replace(PatternReader.Read(node.Required("pattern")), node.Required("content").AsString()),
        ["ByteLevel"] = _ => new SpellBytes(),
        ["BertNormalizer"] = ReadBert,
        ["Precompiled"] = node => Precompiled.Read(node.Required("precompiled_charsmap")),
    };

    /// <summary>The normalizer, or null when the file has none.</summary>
    public static Normalizer? Read(JsonNode node) => node.IsNull ? null : ReadStage(node);

    private static Normalizer ReadStage(JsonNode node)
    {
        JsonNode type = node.Required("type");
        return Kinds.TryGetValue(type.AsString(), out Func<JsonNode, Normalizer>? read) ? read(node) : throw type.Unknown("normalizer", type.AsString(), Kinds.Keys);
    }

    private static NormalizerSequence ReadBert(JsonNode node)
    {
        bool lowercase = node["lowercase"].AsBoolean(absent: true);
        List<Normalizer> stages = [];
        if (node["clean_text"].AsBoolean(absent: true))
            stages.Add(Filter.CleanText());
        if (node["handle_chinese_chars"].AsBoolean(absent: true))
            stages.Add(new SpaceAroundHan());
        if (node["strip_accents"].AsBoolean(absent: lowercase))
            stages.AddRange([new UnicodeForm(isCompatibility: false, composes: false), Filter.StripNonSpacingMarks()]);
        if (lowercase)
            stages.Add(new Lowercase());
        return new NormalizerSequence(stages);
    }
}
