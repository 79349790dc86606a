using System.Globalization;
using System.Text.Json.Nodes;

namespace LeanTune.Checkpoints;

/// <summary>SentencePiece's BPE ("llama" in GGUF): pieces have scores and no merges; the merges are rebuilt from the scores.</summary>
/// <remarks>
/// SentencePiece joins the neighbours whose union has the best score. Listing every way to cut every piece into two pieces, best score
/// first, gives a merge
/// list that makes the same choices. Ways to cut the same piece have the same score; they are ordered by the ids of their parts.
/// </remarks>
internal static class SentencePieceTokenizer
{
    /// <summary>The visible blank that stands for a space inside pieces.</summary>
    private const string Blank = "▁";

    /// <summary>
    /// Builds the parts of tokenizer.json that the kind decides, says how, and whether texts begin with the begin token by default.
    /// </summary>
    /// <exception cref="CheckpointFormatException">
    /// Scores are missing, or texts are normalised in a way that only SentencePiece knows.
    /// </exception>
    public static (JsonObject Json, string Description, bool AddsBos) Build(
        GgufMetadata metadata, GgufVocabulary vocabulary, GgufSpecialTokens tokens)
    {
        float[] scores = metadata.Reals("tokenizer.ggml.scores") ?? throw new CheckpointFormatException(
            metadata.Path, "metadata 'tokenizer.ggml.scores'",
            "is missing");
        if (scores.Length != vocabulary.Tokens.Count)
            throw new CheckpointFormatException(
                metadata.Path, "metadata 'tokenizer.ggml.scores'",
                $"holds {scores.Length} values for {vocabulary.Tokens.Count} tokens");
        if (metadata.Flag("tokenizer.ggml.remove_extra_whitespaces") == true)
            throw new CheckpointFormatException(
                metadata.Path, "metadata 'tokenizer.ggml.remove_extra_whitespaces'",
                "is true, which tokenizer.json cannot repeat. " + GgufTokenizer.Advice);
        bool prefix = metadata.Flag("tokenizer.ggml.add_space_prefix") ?? true;

        Dictionary<string, int> ids = new(StringComparer.Ordinal);
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
            if (!vocabulary.IsUnused(id))
                ids.Add(vocabulary.Tokens[id], id);
        JsonObject vocab = [];
        foreach ((string token, int id) in ids)
            vocab.Add(token, id);
        bool bytes = Enumerable.Range(0, 256).All(value => ids.ContainsKey(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>")));
        JsonObject model = new()
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = tokens.Unk is { } unk && unk < vocabulary.Tokens.Count ? vocabulary.Tokens[unk] : null,
            ["continuing_subword_prefix"] = null,
            ["end_of_word_suffix"] = null,
            ["fuse_unk"] = true,
            ["byte_fallback"] = bytes,
            ["ignore_merges"] = false,
            ["vocab"] = vocab,
            ["merges"] = new JsonArray([.. Merges(vocabulary, ids, scores).Select(static merge => (JsonNode)merge)]),
        };
        List<JsonNode> normalizers = [Replace(" ", Blank)];
        if (prefix)
            normalizers.Insert(0, new JsonObject { ["type"] = "Prepend", ["prepend"] = Blank });
        List<JsonNode> decoders = [Replace(Blank, " "), new JsonObject { ["type"] = "ByteFallback" }, new JsonObject { ["type"] = "Fuse" }];
        if (prefix)
            decoders.Add(new JsonObject { ["type"] = "Strip", ["content"] = " ", ["start"] = 1, ["stop"] = 0 });
        JsonObject json = GgufTokenizer.Skeleton(
            new JsonObject { ["type"] = "Sequence", ["normalizers"] = new JsonArray([.. normalizers]) },
            null,
            new JsonObject { ["type"] = "Sequence", ["decoders"] = new JsonArray([.. decoders]) },
            model);
        return (json, $"SentencePiece BPE, merges rebuilt from scores{(bytes ? ", unknown characters as bytes" : "")}", true);
    }

    private static IEnumerable<string> Merges(GgufVocabulary vocabulary, Dictionary<string, int> ids, float[] scores)
    {
        List<(int Whole, int Left, int Right)> cuts = [];
        for (int whole = 0; whole < vocabulary.Tokens.Count; whole++)
        {
            string token = vocabulary.Tokens[whole];
            if (!vocabulary.IsNormal(whole))
                continue;
            for (int cut = 1; cut < token.Length; cut++)
                if (!char.IsLowSurrogate(token[cut]) && Piece(token[..cut]) is { } left && Piece(token[cut..]) is { } right)
                    cuts.Add((whole, left, right));
        }

        return cuts
            .OrderByDescending(cut => scores[cut.Whole]).ThenBy(static cut => cut.Whole).ThenBy(static cut => (cut.Left, cut.Right))
            .Select(cut => $"{vocabulary.Tokens[cut.Left]} {vocabulary.Tokens[cut.Right]}");

        int? Piece(string text) => ids.TryGetValue(text, out int id) && vocabulary.IsNormal(id) ? id : null;
    }

    private static JsonObject Replace(string from, string to) => new()
    {
        ["type"] = "Replace",
        ["pattern"] = new JsonObject { ["String"] = from },
        ["content"] = to,
    };
}
