namespace LeanTune.Checkpoints;

/// <summary>The vocabulary in a GGUF file's metadata.</summary>
internal sealed class GgufVocabulary
{
    private const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5;

    private readonly int[] _types;

    private GgufVocabulary(string model, string[] tokens, int[] types)
    {
        Model = model;
        Tokens = tokens;
        _types = types;
    }

    /// <summary>gpt2 (byte-level BPE) or llama (SentencePiece), or what else the file says.</summary>
    public string Model { get; }

    /// <summary>Texts by id.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>Reads the vocabulary; null when the file has none.</summary>
    /// <exception cref="CheckpointFormatException">Lists disagree in length, or a token occurs twice.</exception>
    public static GgufVocabulary? Read(GgufMetadata metadata, int vocabulary)
    {
        string? model = metadata.Text("tokenizer.ggml.model");
        string[]? tokens = metadata.Texts("tokenizer.ggml.tokens");
        int[]? types = metadata.Integers("tokenizer.ggml.token_type");
        if (model is null or "none" or "no_vocab" || tokens is null)
            return null;
        if (tokens.Length > vocabulary)
            throw new CheckpointFormatException(
                metadata.Path, "metadata 'tokenizer.ggml.tokens'",
                $"holds {tokens.Length} tokens, more than the {vocabulary} rows of token_embd.weight");
        types ??= [.. Enumerable.Repeat(Normal, tokens.Length)];
        if (types.Length != tokens.Length)
            throw new CheckpointFormatException(
                metadata.Path, "metadata 'tokenizer.ggml.token_type'",
                $"holds {types.Length} values for {tokens.Length} tokens");
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (int id = 0; id < tokens.Length; id++)
            if (types[id] != Unused && !seen.Add(tokens[id]))
                throw new CheckpointFormatException(
                    metadata.Path, $"metadata 'tokenizer.ggml.tokens' at {id}",
                    $"the token '{CheckpointFormatException.Shorten(tokens[id])}' occurs twice");
        return new GgufVocabulary(model, tokens, types);
    }

    /// <summary>An ordinary piece that merging may make.</summary>
    public bool IsNormal(int id) => _types[id] == Normal;

    /// <summary>A token that text is cut at before anything else.</summary>
    public bool IsAdded(int id) => _types[id] is Unknown or Control or UserDefined;

    /// <summary>An added token that decoding may skip.</summary>
    public bool IsSpecial(int id) => _types[id] is Unknown or Control;

    /// <summary>A filler that converters put where the original vocabulary has no token.</summary>
    public bool IsUnused(int id) => _types[id] == Unused;
}
