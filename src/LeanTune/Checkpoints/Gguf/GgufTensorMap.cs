namespace LeanTune.Checkpoints;

/// <summary>The tensors that a model must have, by GGUF's name and by the hub's, held against what a file holds.</summary>
internal static class GgufTensorMap
{
    /// <summary>
    /// One tensor's two names, its shape, and in how many heads its rows are stored for interleaved rotary pairs (0: not).
    /// </summary>
    public sealed record Mapping(string GgufName, string HubName, long[] Shape, int InterleavedHeads);

    /// <summary>
    /// Lists a model's tensors in the hub's order and checks that the file holds these, readable and in these shapes, and no others.
    /// </summary>
    /// <exception cref="CheckpointFormatException">
    /// Tensors are missing, left over, of other shapes or of types that cannot be read; the message names them.
    /// </exception>
    public static IReadOnlyList<Mapping> Resolve(GgufFile file, GgufModel model)
    {
        List<Mapping> mappings = [.. Expected(model)];
        IEnumerable<string> missing = mappings.Where(mapping => !file.Contains(mapping.GgufName)).Select(static mapping => mapping.GgufName);
        Report(file, "is missing", "are missing", missing);
        HashSet<string> known = [.. mappings.Select(static mapping => mapping.GgufName), GgufRopeScaling.FactorsTensor];
        IEnumerable<string> extra = file.Names.Where(name => !known.Contains(name));
        Report(file, "has no place", "have no place", extra, $" in a model of type '{model.Architecture}'");
        foreach (Mapping mapping in mappings)
            if (!file.Info(mapping.GgufName).Shape.SequenceEqual(mapping.Shape))
                throw new CheckpointFormatException(
                    file.Path, $"tensor '{mapping.GgufName}'",
                    $"has shape [{string.Join(", ", file.Info(mapping.GgufName).Shape)}]; the metadata call for [{string.Join(", ", mapping.Shape)}]");
        string[] types = [.. file.Names
            .Where(name => !file.CanRead(name))
            .GroupBy(name => file.Info(name).StoredAs)
            .Select(static group => $"{group.Key} ({group.Count()} tensors)")];
        if (types.Length > 0)
            throw new CheckpointFormatException(
                file.Path, null,
                $"{string.Join(" and ", types)} not supported yet; supported: {GgufType.Supported}");
        return mappings;
    }

    private static IEnumerable<Mapping> Expected(GgufModel model)
    {
        long query = (long)model.Heads * model.HeadDim, key = (long)model.KeyValueHeads * model.HeadDim;
        int queryHeads = model.InterleavedRotary ? model.Heads : 0, keyHeads = model.InterleavedRotary ? model.KeyValueHeads : 0;
        yield return new("token_embd.weight", "model.embed_tokens.weight", [model.Vocabulary, model.Hidden], 0);
        for (int i = 0; i < model.Blocks; i++)
        {
            string gguf = $"blk.{i}", hub = $"model.layers.{i}";
            yield return new($"{gguf}.attn_norm.weight", $"{hub}.input_layernorm.weight", [model.Hidden], 0);
            // qwen2 has biases on query, key and value only.
            foreach (Mapping mapping in Linear("attn_q", "self_attn.q_proj", query, model.Hidden, model.AttentionBias, queryHeads))
                yield return mapping;
            foreach (Mapping mapping in Linear("attn_k", "self_attn.k_proj", key, model.Hidden, model.AttentionBias, keyHeads))
                yield return mapping;
            foreach (Mapping mapping in Linear("attn_v", "self_attn.v_proj", key, model.Hidden, model.AttentionBias, 0))
                yield return mapping;
            bool outputBias = model.AttentionBias && model.Architecture != "qwen2";
            foreach (Mapping mapping in Linear("attn_output", "self_attn.o_proj", model.Hidden, query, outputBias, 0))
                yield return mapping;
            if (model.QueryKeyNorm)
            {
                yield return new($"{gguf}.attn_q_norm.weight", $"{hub}.self_attn.q_norm.weight", [model.HeadDim], 0);
                yield return new($"{gguf}.attn_k_norm.weight", $"{hub}.self_attn.k_norm.weight", [model.HeadDim], 0);
            }

            yield return new($"{gguf}.ffn_norm.weight", $"{hub}.post_attention_layernorm.weight", [model.Hidden], 0);
            foreach (Mapping mapping in Linear("ffn_gate", "mlp.gate_proj", model.FeedForward, model.Hidden, model.MlpBias, 0))
                yield return mapping;
            foreach (Mapping mapping in Linear("ffn_up", "mlp.up_proj", model.FeedForward, model.Hidden, model.MlpBias, 0))
                yield return mapping;
            foreach (Mapping mapping in Linear("ffn_down", "mlp.down_proj", model.Hidden, model.FeedForward, model.MlpBias, 0))
                yield return mapping;

            IEnumerable<Mapping> Linear(string from, string to, long rows, long columns, bool bias, int heads)
            {
                yield return new($"{gguf}.{from}.weight", $"{hub}.{to}.weight", [rows, columns], heads);
                if (bias)
                    yield return new($"{gguf}.{from}.bias", $"{hub}.{to}.bias", [rows], heads);
            }
        }

        yield return new("output_norm.weight", "model.norm.weight", [model.Hidden], 0);
        if (!model.TiedEmbeddings)
            yield return new("output.weight", "lm_head.weight", [model.Vocabulary, model.Hidden], 0);
    }

    private static void Report(GgufFile file, string one, string several, IEnumerable<string> names, string where = "")
    {
        string[] all = [.. names];
        if (all.Length == 0)
            return;
        string shown = string.Join(", ", all.Take(10).Select(static name => $"'{CheckpointFormatException.Shorten(name)}'"));
        throw new CheckpointFormatException(
            file.Path, "tensors",
            $"{shown}{(all.Length > 10 ? $" and {all.Length - 10} more" : "")} {(all.Length == 1 ? one : several)}{where}");
    }
}
