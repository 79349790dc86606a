using System.Text.Json.Nodes;

namespace LeanTune.Checkpoints;

/// <summary>Byte-level BPE ("gpt2" in GGUF): vocabulary and merges are in the file, the splitting into words only by name.</summary>
internal static class ByteLevelTokenizer
{
    private const string Qwen2Words =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Llama3Words =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>
    /// Builds the parts of tokenizer.json that the kind decides, says how, and whether texts begin with the begin token by default.
    /// </summary>
    /// <exception cref="CheckpointFormatException">The splitter is unknown, or a merge is not of two known tokens.</exception>
    public static (JsonObject Json, string Description, bool AddsBos) Build(GgufMetadata metadata, GgufVocabulary vocabulary, string? splitter)
    {
        bool llama3 = splitter is "llama-bpe" or "llama3" or "llama-v3";
        JsonNode words = splitter switch
        {
            "smollm" => Sequence(new JsonObject { ["type"] = "Digits", ["individual_digits"] = true }, Bytes(useRegex: true)),
            "gpt-2" or "default" or null => Bytes(useRegex: true),
            "qwen2" => Sequence(Split(Qwen2Words), Bytes(useRegex: false)),
            _ when llama3 => Sequence(Split(Llama3Words), Bytes(useRegex: false)),
            _ => throw new CheckpointFormatException(
                metadata.Path, "metadata 'tokenizer.ggml.pre'",
                $"the pre-tokenizer '{CheckpointFormatException.Shorten(splitter)}' is not known; supported: smollm, gpt-2, qwen2, llama-bpe. "
                + GgufTokenizer.Advice),
        };
        JsonObject model = new()
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = null,
            ["continuing_subword_prefix"] = "",
            ["end_of_word_suffix"] = "",
            ["fuse_unk"] = false,
            ["byte_fallback"] = false,
            // Llama 3 takes a word that is a token as it is, without merging towards it.
            ["ignore_merges"] = llama3,
            ["vocab"] = Vocabulary(vocabulary),
            ["merges"] = Merges(metadata, vocabulary),
        };
        JsonNode? normalizer = splitter == "qwen2" ? new JsonObject { ["type"] = "NFC" } : null;
        string description = splitter is null or "default"
            ? "byte-level BPE; the file does not name its pre-tokenizer, so words are split as in GPT-2: compare ids with the original if that matters"
            : $"byte-level BPE, pre-tokenizer '{splitter}'";
        return (GgufTokenizer.Skeleton(normalizer, words, Bytes(useRegex: true), model), description, llama3);
    }

    private static JsonObject Vocabulary(GgufVocabulary vocabulary)
    {
        JsonObject json = [];
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
            if (!vocabulary.IsUnused(id))
                json.Add(vocabulary.Tokens[id], id);
        return json;
    }

    /// <summary>Merges as "left right": the spelling that every version of the format reads. No token of this kind holds a blank.</summary>
    private static JsonArray Merges(GgufMetadata metadata, GgufVocabulary vocabulary)
    {
        const string key = "tokenizer.ggml.merges";
        string[] merges = metadata.Texts(key) ?? throw new CheckpointFormatException(metadata.Path, $"metadata '{key}'", "is missing");
        HashSet<string> known = new(vocabulary.Tokens, StringComparer.Ordinal);
        JsonArray json = [];
        for (int i = 0; i < merges.Length; i++)
        {
            if (merges[i].Split(' ') is not [{ Length: > 0 } left, { Length: > 0 } right]
                || !known.Contains(left) || !known.Contains(right) || !known.Contains(left + right))
                throw new CheckpointFormatException(
                    metadata.Path, $"metadata '{key}' at {i}",
                    $"'{CheckpointFormatException.Shorten(merges[i])}' does not join two tokens of the vocabulary into a third");
            json.Add(merges[i]);
        }

        return json;
    }

    private static JsonObject Sequence(params JsonNode[] steps) => new() { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(steps) };

    private static JsonObject Split(string regex) => new()
    {
        ["type"] = "Split",
        ["pattern"] = new JsonObject { ["Regex"] = regex },
        ["behavior"] = "Isolated",
        ["invert"] = false,
    };

    private static JsonObject Bytes(bool useRegex) => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = true,
        ["use_regex"] = useRegex,
    };
}
