namespace LeanTune.Models;

/// <summary>Names and shapes of a decoder's tensors in hub checkpoints.</summary>
internal static class DecoderNames
{
    public const string EmbeddingModule = "model.embed_tokens";
    public const string HeadModule = "lm_head";
    public const string Embedding = EmbeddingModule + ".weight";
    public const string FinalNorm = "model.norm.weight";
    public const string Head = HeadModule + ".weight";

    public static string Block(int index) => $"model.layers.{index}";

    /// <summary>Every tensor that the model has, with its shape, in checkpoint order.</summary>
    public static IEnumerable<(string Name, long[] Shape)> All(DecoderConfig config)
    {
        long width = config.Width, query = (long)config.Heads * config.HeadWidth, keyValue = (long)config.KeyValueHeads * config.HeadWidth;
        yield return (Embedding, [config.Vocabulary, width]);
        for (int block = 0; block < config.Blocks; block++)
        {
            string prefix = Block(block);
            yield return ($"{prefix}.input_layernorm.weight", [width]);
            foreach ((string name, long rows, long columns, bool bias) in new[]
            {
                ("self_attn.q_proj", query, width, config.QueryKeyValueBias),
                ("self_attn.k_proj", keyValue, width, config.QueryKeyValueBias),
                ("self_attn.v_proj", keyValue, width, config.QueryKeyValueBias),
                ("self_attn.o_proj", width, query, config.OutputBias),
                ("mlp.gate_proj", config.FeedForward, width, config.FeedForwardBias),
                ("mlp.up_proj", config.FeedForward, width, config.FeedForwardBias),
                ("mlp.down_proj", width, config.FeedForward, config.FeedForwardBias),
            })
            {
                yield return ($"{prefix}.{name}.weight", [rows, columns]);
                if (bias) yield return ($"{prefix}.{name}.bias", [rows]);
            }

            if (config.QueryKeyNorm)
            {
                yield return ($"{prefix}.self_attn.q_norm.weight", [config.HeadWidth]);
                yield return ($"{prefix}.self_attn.k_norm.weight", [config.HeadWidth]);
            }

            yield return ($"{prefix}.post_attention_layernorm.weight", [width]);
        }

        yield return (FinalNorm, [width]);
        if (!config.TiedEmbeddings) yield return (Head, [config.Vocabulary, width]);
    }
}
