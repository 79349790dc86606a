namespace LeanTune.Models.Families;

/// <summary>The keys of config.json that Llama and its kin share, in both of their spellings.</summary>
internal static class CommonKeys
{
    /// <summary>Everything that a plain Llama has; families change what differs.</summary>
    public static DecoderConfig Read(ConfigReader config, double defaultTheta = 10_000)
    {
        string activation = config.Text("hidden_act", "silu");
        if (activation is not ("silu" or "swish")) throw config.Unsupported("hidden_act", activation, "silu");
        int width = config.Count("hidden_size");
        int heads = config.Count("num_attention_heads");
        int keyValueHeads = config.Count("num_key_value_heads", heads);
        int blocks = config.Count("num_hidden_layers");
        if (heads % keyValueHeads != 0)
            throw config.Inconsistent($"'num_attention_heads' ({heads}) must be a multiple of 'num_key_value_heads' ({keyValueHeads})");
        if (!config.Has("head_dim") && width % heads != 0)
            throw config.Inconsistent($"'hidden_size' ({width}) must be a multiple of 'num_attention_heads' ({heads}) where 'head_dim' is absent");
        int headWidth = config.Count("head_dim", width / heads);
        if (headWidth % 2 != 0) throw config.Inconsistent($"the head width ({headWidth}) must be even for rotary embedding");
        return new DecoderConfig
        {
            ModelType = config.Text("model_type"),
            Vocabulary = config.Count("vocab_size"),
            Width = width,
            FeedForward = config.Count("intermediate_size"),
            Blocks = blocks,
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadWidth = headWidth,
            NormEpsilon = config.Number("rms_norm_eps", 1e-6),
            Rotary = Rotary(config, defaultTheta),
            MaxPositions = config.Count("max_position_embeddings", 2048),
            TiedEmbeddings = config.Flag("tie_word_embeddings", false),
            Windows = [.. Enumerable.Repeat<int?>(null, blocks)],
            Rotated = [.. Enumerable.Repeat(true, blocks)],
            InitializerRange = config.Number("initializer_range", 0.02),
        };
    }

    /// <summary>Windows of families whose <c>layer_types</c>, or older keys, say which blocks slide.</summary>
    public static IReadOnlyList<int?> SlidingWindows(ConfigReader config, int blocks)
    {
        if (!config.Flag("use_sliding_window", false) || !config.Has("sliding_window"))
            return [.. Enumerable.Repeat<int?>(null, blocks)];
        int window = config.Count("sliding_window");
        IReadOnlyList<string>? types = config.PerBlock<string>("layer_types", blocks, entry => entry.GetString(), "a string");
        if (types is null)
        {
            // Older files: the first max_window_layers blocks attend to everything.
            int full = config.Has("max_window_layers") ? (int)config.Number("max_window_layers") : blocks;
            return [.. Enumerable.Range(0, blocks).Select(block => block >= full ? window : (int?)null)];
        }

        return [.. types.Select(type => type switch
        {
            "sliding_attention" => window,
            "full_attention" => (int?)null,
            _ => throw config.Unsupported("layer_types", type, "full_attention, sliding_attention"),
        })];
    }

    private static RotaryConfig Rotary(ConfigReader config, double defaultTheta)
    {
        // transformers 5 writes rope_parameters; files on the hub have rope_theta and rope_scaling.
        ConfigReader? parameters = config.Section("rope_parameters") ?? config.Section("rope_scaling");
        double theta = config.Section("rope_parameters")?.Number("rope_theta", config.Number("rope_theta", defaultTheta))
            ?? config.Number("rope_theta", defaultTheta);
        if (parameters is null) return new RotaryConfig(theta);
        string typeKey = parameters.Has("rope_type") ? "rope_type" : "type";
        string type = parameters.Text(typeKey, "default");
        return new RotaryConfig(theta, type switch
        {
            "default" => null,
            "linear" => new RotaryScaling.Linear(parameters.Number("factor")),
            "llama3" => new RotaryScaling.Llama3(
                parameters.Number("factor"), parameters.Number("low_freq_factor"), parameters.Number("high_freq_factor"),
                parameters.Count("original_max_position_embeddings")),
            _ => throw parameters.Unsupported(typeKey, type, "default, linear, llama3"),
        });
    }
}
