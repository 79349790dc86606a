using System.Text.Json;
using LeanTune.Checkpoints;
using static TorchSharp.torch;

namespace LeanTune.Tests.Checkpoints;

/// <summary>Writes a hub folder as GGUF, as llama.cpp's converter would: the inverse that imports are held against.</summary>
internal static class GgufOfHub
{
    private static readonly (string Hub, string Gguf)[] s_parts =
    [
        ("input_layernorm", "attn_norm"), ("post_attention_layernorm", "ffn_norm"), ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"),
        ("self_attn.v_proj", "attn_v"), ("self_attn.o_proj", "attn_output"), ("self_attn.q_norm", "attn_q_norm"), ("self_attn.k_norm", "attn_k_norm"),
        ("mlp.gate_proj", "ffn_gate"), ("mlp.up_proj", "ffn_up"), ("mlp.down_proj", "ffn_down"),
    ];

    /// <summary>Metadata and tensors of an fp32 model; the tokenizer is the caller's.</summary>
    public static RawGguf Make(HubFolder hub)
    {
        JsonElement config = hub.Config;
        string family = config.GetProperty("model_type").GetString()!;
        int heads = Int("num_attention_heads"), keyHeads = Int("num_key_value_heads"), headDim = config.TryGetProperty("head_dim", out JsonElement given) ? given.GetInt32() : Int("hidden_size") / heads;
        JsonElement rope = config.GetProperty("rope_parameters");
        float theta = rope.GetProperty("rope_theta").GetSingle();
        RawGguf gguf = new RawGguf()
            .With("general.architecture", family)
            .With($"{family}.block_count", (uint)Int("num_hidden_layers"))
            .With($"{family}.context_length", (uint)Int("max_position_embeddings"))
            .With($"{family}.embedding_length", (uint)Int("hidden_size"))
            .With($"{family}.feed_forward_length", (uint)Int("intermediate_size"))
            .With($"{family}.attention.head_count", (uint)heads)
            .With($"{family}.attention.head_count_kv", (uint)keyHeads)
            .With($"{family}.attention.key_length", (uint)headDim)
            .With($"{family}.attention.value_length", (uint)headDim)
            .With($"{family}.attention.layer_norm_rms_epsilon", config.GetProperty("rms_norm_eps").GetSingle())
            .With($"{family}.rope.freq_base", theta);
        if (rope.GetProperty("rope_type").GetString() == "llama3")
            gguf.Floats("rope_freqs.weight", [headDim / 2], Llama3Factors(rope, theta, headDim));
        foreach (string name in hub.Tensors.Names)
        {
            using Tensor tensor = hub.Tensors.Read(name, ScalarType.Float32);
            float[] values = tensor.data<float>().ToArray();
            bool query = name.Contains("q_proj", StringComparison.Ordinal), key = name.Contains("k_proj", StringComparison.Ordinal);
            if (family == "llama" && (query || key))
                values = Interleave(values, (int)tensor.shape[0], query ? heads : keyHeads);
            gguf.Floats(Name(name), tensor.shape, values);
        }

        return gguf;

        int Int(string key) => config.GetProperty(key).GetInt32();
    }

    /// <summary>A byte-level vocabulary of the size asked for.</summary>
    public static RawGguf WithToyTokenizer(this RawGguf gguf, int vocabulary) => gguf
        .With("tokenizer.ggml.model", "gpt2").With("tokenizer.ggml.pre", "gpt-2")
        .With("tokenizer.ggml.tokens", (string[])["<s>", "a", "b", "ab", .. Enumerable.Range(4, vocabulary - 4).Select(id => $"t{id}")])
        .With("tokenizer.ggml.token_type", (int[])[3, .. Enumerable.Repeat(1, vocabulary - 1)])
        .With("tokenizer.ggml.merges", (string[])["a b"])
        .With("tokenizer.ggml.bos_token_id", 0u).With("tokenizer.ggml.eos_token_id", 0u);

    private static string Name(string hub) => hub switch
    {
        "model.embed_tokens.weight" => "token_embd.weight",
        "model.norm.weight" => "output_norm.weight",
        "lm_head.weight" => "output.weight",
        _ => hub.Split('.', 4) is ["model", "layers", var block, var rest]
            ? $"blk.{block}.{s_parts.Single(part => rest.StartsWith(part.Hub + ".", StringComparison.Ordinal)).Gguf}.{rest[(rest.LastIndexOf('.') + 1)..]}"
            : throw new ArgumentException(hub),
    };

    /// <summary>Row j of the first half and of the second half of a head become rows 2j and 2j + 1.</summary>
    private static float[] Interleave(float[] values, int rows, int heads)
    {
        int columns = values.Length / rows, headRows = rows / heads;
        float[] result = new float[values.Length];
        for (int row = 0; row < rows; row++)
        {
            int head = row / headRows, within = row % headRows, half = within / (headRows / 2), pair = within % (headRows / 2);
            Array.Copy(values, row * columns, result, (head * headRows + 2 * pair + half) * columns, columns);
        }

        return result;
    }

    private static float[] Llama3Factors(JsonElement rope, float theta, int headDim)
    {
        double factor = rope.GetProperty("factor").GetDouble(), low = rope.GetProperty("low_freq_factor").GetDouble(), high = rope.GetProperty("high_freq_factor").GetDouble();
        double original = rope.GetProperty("original_max_position_embeddings").GetDouble();
        return [.. Enumerable.Range(0, headDim / 2).Select(i =>
        {
            double wavelength = 2 * Math.PI * Math.Pow(theta, 2.0 * i / headDim);
            if (wavelength < original / high)
                return 1f;
            if (wavelength > original / low)
                return (float)factor;
            double smooth = (original / wavelength - low) / (high - low);
            return (float)(1 / ((1 - smooth) / factor + smooth));
        })];
    }
}
