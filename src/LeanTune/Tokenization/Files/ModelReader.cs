using System.Text.Json;
using LeanTune.Tokenization.Models;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Files;

/// <summary>Reads the <c>model</c> part of tokenizer.json.</summary>
internal static class ModelReader
{
    private static readonly Dictionary<string, Func<JsonNode, TokenModel>> Kinds = new(StringComparer.Ordinal)
    {
        ["BPE"] = ReadBpe,
        ["Unigram"] = ReadUnigram,
        ["WordPiece"] = ReadWordPiece,
        ["WordLevel"] = ReadWordLevel,
    };

    public static TokenModel Read(JsonNode node)
    {
        JsonNode type = node["type"];
        string name = type.IsNull ? GuessKind(node) : type.AsString();
        return Kinds.TryGetValue(name, out Func<JsonNode, TokenModel>? read) ? read(node) : throw type.Unknown("model", name, Kinds.Keys);
    }

    // Files of the format's first years do not name the model.
    private static string GuessKind(JsonNode node)
    {
        if (!node["merges"].IsNull)
            return "BPE";
        if (node.Required("vocab").Kind == JsonValueKind.Array)
            return "Unigram";
        return node["max_input_chars_per_word"].IsNull ? "WordLevel" : "WordPiece";
    }

    private static Bpe ReadBpe(JsonNode node)
    {
        if (node["dropout"] is { IsNull: false } dropout && (dropout.Kind != JsonValueKind.Number || dropout.Element.GetDouble() != 0))
            throw dropout.Error($"merge dropout makes ids random, which this engine does not do; set it to null (found {dropout.Shown})");
        BpeOptions options = new(
            node["unk_token"].AsStringOrNull(),
            node["continuing_subword_prefix"].AsStringOrNull() ?? "",
            node["end_of_word_suffix"].AsStringOrNull() ?? "",
            node["fuse_unk"].AsBoolean(absent: false),
            node["byte_fallback"].AsBoolean(absent: false),
            node["ignore_merges"].AsBoolean(absent: false));
        Vocabulary vocabulary = VocabularyReader.Read(node.Required("vocab"));
        PairTable merges = MergeReader.Read(node.Required("merges"), vocabulary, options.ContinuingSubwordPrefix);
        return new Bpe(vocabulary, merges, options, node);
    }

    private static Unigram ReadUnigram(JsonNode node)
    {
        (Vocabulary vocabulary, double[] scores) = VocabularyReader.ReadScored(node.Required("vocab"));
        int? unknown = null;
        if (node["unk_id"] is { IsNull: false } id)
        {
            unknown = id.AsCount();
            if (unknown >= scores.Length)
                throw id.Error($"{unknown} is not an id of the vocabulary, which has {scores.Length} tokens");
        }
        return new Unigram(vocabulary, scores, unknown, node["byte_fallback"].AsBoolean(absent: false), node);
    }

    private static WordPiece ReadWordPiece(JsonNode node)
    {
        Vocabulary vocabulary = VocabularyReader.Read(node.Required("vocab"));
        JsonNode unknown = node["unk_token"];
        string token = unknown.AsStringOrNull() ?? "[UNK]";
        int id = vocabulary.IdOf(token) ?? throw unknown.Error($"'{token}' is not in the vocabulary");
        int longest = node["max_input_chars_per_word"] is { IsNull: false } count ? count.AsCount() : 100;
        return new WordPiece(vocabulary, id, node["continuing_subword_prefix"].AsStringOrNull() ?? "##", longest);
    }

    private static WordLevel ReadWordLevel(JsonNode node)
    {
        Vocabulary vocabulary = VocabularyReader.Read(node.Required("vocab"));
        return new WordLevel(vocabulary, vocabulary.IdOf(node["unk_token"].AsStringOrNull() ?? "<unk>"), node);
    }
}
