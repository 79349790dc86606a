namespace LeanTune.Checkpoints;

/// <summary>What a GGUF file says of its decoder: family, sizes and rotary settings, under the names of config.json.</summary>
internal sealed record GgufModel
{
    /// <summary>
    /// Architectures that can be imported; the flag says whether query and key rows are stored for interleaved rotary pairs.
    /// </summary>
    private static readonly Dictionary<string, (string Class, bool Interleaved)> s_architectures = new(StringComparer.Ordinal)
    {
        ["llama"] = ("LlamaForCausalLM", true),
        ["qwen2"] = ("Qwen2ForCausalLM", false),
        ["qwen3"] = ("Qwen3ForCausalLM", false),
    };

    /// <summary>GGUF's architecture, which for these families is also config.json's model_type.</summary>
    public required string Architecture { get; init; }

    /// <summary>The class name of config.json's architectures.</summary>
    public required string ClassName { get; init; }

    public required bool InterleavedRotary { get; init; }

    public required int Blocks { get; init; }

    public required int Hidden { get; init; }

    public required int FeedForward { get; init; }

    public required int Heads { get; init; }

    public required int KeyValueHeads { get; init; }

    public required int HeadDim { get; init; }

    public required int Context { get; init; }

    public required int Vocabulary { get; init; }

    public required float NormEpsilon { get; init; }

    public required float RopeTheta { get; init; }

    public required GgufRopeScaling? RopeScaling { get; init; }

    public required bool TiedEmbeddings { get; init; }

    public required bool AttentionBias { get; init; }

    public required bool MlpBias { get; init; }

    public bool QueryKeyNorm => Architecture == "qwen3";

    /// <summary>Reads the sizes and refuses what the target format could not express.</summary>
    /// <exception cref="CheckpointFormatException">
    /// A key is missing or wrong, or the architecture or a feature is not supported; the message names it.
    /// </exception>
    public static GgufModel Read(GgufFile file, GgufMetadata metadata)
    {
        if (metadata.Text("general.type") is { } kind and not "model")
            throw new CheckpointFormatException(
                file.Path, "metadata 'general.type'",
                $"is '{CheckpointFormatException.Shorten(kind)}'; only files of type 'model' can be imported");
        string architecture = metadata.Text("general.architecture")
            ?? throw new CheckpointFormatException(file.Path, "metadata 'general.architecture'", "is missing");
        if (!s_architectures.TryGetValue(architecture, out (string Class, bool Interleaved) family))
            throw new CheckpointFormatException(
                file.Path, "metadata 'general.architecture'",
                $"'{CheckpointFormatException.Shorten(architecture)}' cannot be imported yet; supported: {string.Join(", ", s_architectures.Keys)}");

        string Key(string name) => $"{architecture}.{name}";
        RefuseUnsupported(metadata, Key);
        int hidden = metadata.RequiredSize(Key("embedding_length"));
        int heads = metadata.RequiredSize(Key("attention.head_count"));
        int headDim = metadata.Size(Key("attention.key_length")) ?? hidden / heads;
        int rotary = metadata.Size(Key("rope.dimension_count")) ?? headDim;
        if (rotary != headDim || (metadata.Size(Key("attention.value_length")) ?? headDim) != headDim || headDim < 2 || headDim % 2 != 0)
            throw new CheckpointFormatException(
                file.Path, $"metadata '{Key("rope.dimension_count")}'",
                $"heads of {headDim}, of which {rotary} rotate, cannot be expressed; all of an even width must");
        if (!file.Contains("token_embd.weight") || file.Info("token_embd.weight").Shape is not [var vocabulary and > 0 and <= int.MaxValue, _])
            throw new CheckpointFormatException(
                file.Path, "tensor 'token_embd.weight'",
                "is missing or no matrix; expected (vocabulary, width)");
        if ((metadata.Size(Key("vocab_size")) ?? vocabulary) != vocabulary)
            throw new CheckpointFormatException(
                file.Path, $"metadata '{Key("vocab_size")}'",
                $"differs from the {vocabulary} rows of token_embd.weight");
        int blocks = metadata.RequiredSize(Key("block_count"));
        // Held against the file before names are made for every block.
        if (blocks > file.Names.Count)
            throw new CheckpointFormatException(
                file.Path, $"metadata '{Key("block_count")}'",
                $"is {blocks}, but the file has {file.Names.Count} tensors in all");
        float theta = metadata.Real(Key("rope.freq_base")) ?? 10000f;
        int context = metadata.RequiredSize(Key("context_length"));
        return new GgufModel
        {
            Architecture = architecture,
            ClassName = family.Class,
            InterleavedRotary = family.Interleaved,
            Blocks = blocks,
            Hidden = hidden,
            FeedForward = metadata.RequiredSize(Key("feed_forward_length")),
            Heads = heads,
            KeyValueHeads = metadata.Size(Key("attention.head_count_kv")) ?? heads,
            HeadDim = headDim,
            Context = context,
            Vocabulary = (int)vocabulary,
            NormEpsilon = metadata.Real(Key("attention.layer_norm_rms_epsilon"))
                ?? throw new CheckpointFormatException(file.Path, $"metadata '{Key("attention.layer_norm_rms_epsilon")}'", "is missing"),
            RopeTheta = theta,
            RopeScaling = GgufRopeScaling.Read(file, metadata, Key, theta, headDim, context),
            TiedEmbeddings = !file.Contains("output.weight"),
            AttentionBias = architecture == "qwen2" || file.Contains("blk.0.attn_q.bias"),
            MlpBias = file.Contains("blk.0.ffn_up.bias"),
        };
    }

    private static void RefuseUnsupported(GgufMetadata metadata, Func<string, string> key)
    {
        // A value that would change what the model computes, and that these families' config.json cannot carry.
        foreach (string name in (string[])["expert_count", "attention.sliding_window"])
            if (metadata.Integer(key(name)) is { } value and not 0)
                throw new CheckpointFormatException(
                    metadata.Path, $"metadata '{key(name)}'",
                    $"is {value}; models with it cannot be imported yet");
        if (metadata.Flag(key("attention.causal")) == false)
            throw new CheckpointFormatException(
                metadata.Path, $"metadata '{key("attention.causal")}'",
                "is false; only causal decoders can be imported");
    }
}
