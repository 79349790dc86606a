using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace LeanTune.Checkpoints;

/// <summary>Makes config.json and generation_config.json of an imported model, in spellings that older and newer readers know.</summary>
internal static class GgufConfig
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>config.json: rotary settings and dtype in both spellings.</summary>
    public static JsonObject Config(GgufModel model, GgufSpecialTokens tokens, ScalarType dtype, string? hubId)
    {
        string dtypeName = dtype switch { ScalarType.Float32 => "float32", ScalarType.BFloat16 => "bfloat16", _ => "float16" };
        JsonObject config = new()
        {
            ["architectures"] = new JsonArray(model.ClassName),
            ["model_type"] = model.Architecture,
            ["vocab_size"] = model.Vocabulary,
            ["hidden_size"] = model.Hidden,
            ["intermediate_size"] = model.FeedForward,
            ["num_hidden_layers"] = model.Blocks,
            ["num_attention_heads"] = model.Heads,
            ["num_key_value_heads"] = model.KeyValueHeads,
            ["head_dim"] = model.HeadDim,
            ["max_position_embeddings"] = model.Context,
            ["hidden_act"] = "silu",
            ["rms_norm_eps"] = Number(model.NormEpsilon),
            ["rope_theta"] = Number(model.RopeTheta),
            ["rope_scaling"] = model.RopeScaling is null ? null : Scaling(model.RopeScaling),
            ["rope_parameters"] = Scaling(model.RopeScaling),
            ["tie_word_embeddings"] = model.TiedEmbeddings,
            ["attention_dropout"] = Number(0),
            ["initializer_range"] = Number(0.02f),
            ["use_cache"] = true,
            ["bos_token_id"] = tokens.Bos,
            ["eos_token_id"] = tokens.Eos,
            ["pad_token_id"] = tokens.Pad,
            ["torch_dtype"] = dtypeName,
            ["dtype"] = dtypeName,
        };
        config["rope_parameters"]!["rope_theta"] = Number(model.RopeTheta);
        if (model.Architecture is "llama" or "qwen3")
            config["attention_bias"] = model.AttentionBias;
        if (model.Architecture == "llama")
            config["mlp_bias"] = model.MlpBias;
        else
            config["use_sliding_window"] = false;
        if (hubId is not null)
            config["_name_or_path"] = hubId;
        return config;
    }

    /// <summary>generation_config.json: which tokens begin, end and pad a text.</summary>
    public static JsonObject Generation(GgufSpecialTokens tokens)
    {
        JsonObject generation = [];
        if (tokens.Bos is { } bos)
            generation["bos_token_id"] = bos;
        int[] ends = tokens.Ends;
        if (ends.Length == 1)
            generation["eos_token_id"] = ends[0];
        else if (ends.Length > 1)
            generation["eos_token_id"] = new JsonArray([.. ends.Select(static end => (JsonNode)end)]);
        if (tokens.Pad is { } pad)
            generation["pad_token_id"] = pad;
        return generation;
    }

    /// <summary>Writes an object as the hub does: indented, and with characters beyond ASCII as they are.</summary>
    public static void Write(string path, JsonObject json) => AtomicFile.WriteText(path, json.ToJsonString(s_indented) + "\n");

    private static JsonObject Scaling(GgufRopeScaling? scaling)
    {
        JsonObject json = new() { ["rope_type"] = scaling?.Type ?? "default" };
        if (scaling is null)
            return json;
        // "type" is what readers before "rope_type" look for.
        if (scaling.Type != "llama3")
            json["type"] = scaling.Type;
        json["factor"] = Number(scaling.Factor);
        if (scaling.OriginalContext is { } original)
            json["original_max_position_embeddings"] = original;
        if (scaling.Type == "llama3")
        {
            json["low_freq_factor"] = Number(GgufRopeScaling.LowFrequencyFactor);
            json["high_freq_factor"] = Number(GgufRopeScaling.HighFrequencyFactor);
        }

        return json;
    }

    /// <summary>
    /// The shortest decimal that gives the same fp32 value, always with a point or exponent: strict readers want a float here.
    /// </summary>
    private static JsonNode Number(float value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return JsonNode.Parse(text.AsSpan().IndexOfAny('.', 'E') >= 0 ? text : text + ".0")!;
    }
}
