using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LeanTune.Adapters.Peft;

/// <summary>Writes a <see cref="LoraConfig"/> as the adapter_config.json that PEFT reads.</summary>
internal static class LoraConfigWriter
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The JSON text, keys sorted as PEFT sorts them.</summary>
    public static string ToJson(LoraConfig config)
    {
        config.Validate();
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Options))
        {
            json.WriteStartObject();
            WritePatterns(json, "alpha_pattern", config.AlphaPattern, json.WriteNumber);
            json.WriteNull("auto_mapping");
            json.WriteString("base_model_name_or_path", config.BaseModelNameOrPath);
            json.WriteString("bias", "none");
            // Versions before 0.14 refuse this key, so it is there only where it says something.
            if (config.ExcludeModules is not null) WriteModules(json, "exclude_modules", config.ExcludeModules);
            json.WriteBoolean("fan_in_fan_out", false);
            json.WriteBoolean("inference_mode", true);
            WriteStart(json, config.Start);
            WriteLayersPattern(json, config.LayersPattern);
            WriteLayers(json, config.LayersToTransform);
            json.WriteNumber("lora_alpha", config.Alpha);
            json.WriteNumber("lora_dropout", config.Dropout);
            json.WriteNull("modules_to_save");
            json.WriteString("peft_type", "LORA");
            json.WriteNumber("r", config.Rank);
            WritePatterns(json, "rank_pattern", config.RankPattern, json.WriteNumber);
            json.WriteString("revision", config.Revision);
            WriteModules(json, "target_modules", config.TargetModules);
            json.WriteString("task_type", config.TaskType);
            // Versions before 0.15 refuse this key, as they must: they would leave the tokens out.
            if (config.TrainedTokens.Count > 0) WriteTokens(json, config.TrainedTokens);
            json.WriteBoolean("use_dora", false);
            json.WriteBoolean("use_rslora", config.UseRslora);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void WriteModules(Utf8JsonWriter json, string key, TargetModules? modules)
    {
        if (modules is null) json.WriteNull(key);
        else if (modules.Names is null) json.WriteString(key, modules.Pattern ?? "all-linear");
        else
        {
            json.WriteStartArray(key);
            foreach (string name in modules.Names.Order(StringComparer.Ordinal)) json.WriteStringValue(name);
            json.WriteEndArray();
        }
    }

    private static void WritePatterns<T>(Utf8JsonWriter json, string key, IReadOnlyList<KeyValuePair<string, T>> patterns, Action<string, T> write)
    {
        json.WriteStartObject(key);
        foreach ((string pattern, T value) in patterns) write(pattern, value);
        json.WriteEndObject();
    }

    private static void WriteTokens(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, IReadOnlyList<int>>> tables)
    {
        json.WriteStartObject("trainable_token_indices");
        foreach ((string table, IReadOnlyList<int> ids) in tables)
        {
            json.WriteStartArray(table);
            foreach (int id in ids) json.WriteNumberValue(id);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteStart(Utf8JsonWriter json, LoraStart start)
    {
        if (start == LoraStart.Gaussian) json.WriteString("init_lora_weights", "gaussian");
        else json.WriteBoolean("init_lora_weights", start == LoraStart.Default);
    }

    private static void WriteLayers(Utf8JsonWriter json, IReadOnlyList<int>? layers)
    {
        if (layers is null) json.WriteNull("layers_to_transform");
        else
        {
            json.WriteStartArray("layers_to_transform");
            foreach (int layer in layers) json.WriteNumberValue(layer);
            json.WriteEndArray();
        }
    }

    private static void WriteLayersPattern(Utf8JsonWriter json, IReadOnlyList<string>? patterns)
    {
        if (patterns is null) json.WriteNull("layers_pattern");
        else if (patterns.Count == 1) json.WriteString("layers_pattern", patterns[0]);
        else
        {
            json.WriteStartArray("layers_pattern");
            foreach (string pattern in patterns) json.WriteStringValue(pattern);
            json.WriteEndArray();
        }
    }
}
