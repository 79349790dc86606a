namespace LeanTune.Tests.Checkpoints;

/// <summary>The smallest llama that can be imported, to be broken in one place at a time.</summary>
internal static class GgufImporterTestModel
{
    public static (string Name, long[] Shape)[] Tensors(long width) =>
    [
        ("token_embd.weight", [8, width]), ("blk.0.attn_norm.weight", [width]), ("blk.0.attn_q.weight", [4, width]), ("blk.0.attn_k.weight", [4, width]),
        ("blk.0.attn_v.weight", [4, width]), ("blk.0.attn_output.weight", [width, 4]), ("blk.0.ffn_norm.weight", [width]), ("blk.0.ffn_gate.weight", [6, width]),
        ("blk.0.ffn_up.weight", [6, width]), ("blk.0.ffn_down.weight", [width, 6]), ("output_norm.weight", [width]),
    ];

    /// <summary>The metadata without tokenizer; a change to null leaves its key out.</summary>
    public static RawGguf Metadata(params (string Key, object? Value)[] changes)
    {
        Dictionary<string, object?> values = new()
        {
            ["general.architecture"] = "llama",
            ["llama.block_count"] = 1u,
            ["llama.context_length"] = 32u,
            ["llama.embedding_length"] = 4u,
            ["llama.feed_forward_length"] = 6u,
            ["llama.attention.head_count"] = 2u,
            ["llama.attention.layer_norm_rms_epsilon"] = 1e-5f,
        };
        foreach ((string key, object? value) in changes)
            values[key] = value;
        RawGguf gguf = new();
        foreach ((string key, object? value) in values)
            if (value is not null)
                gguf.With(key, value);
        return gguf;
    }

    public static RawGguf AddTiny(this RawGguf gguf, long width, string? without = null)
    {
        foreach ((string name, long[] shape) in Tensors(width))
            if (name != without)
                gguf.Floats(name, shape, new float[shape.Aggregate(1L, static (product, size) => product * size)]);
        return gguf;
    }
}
