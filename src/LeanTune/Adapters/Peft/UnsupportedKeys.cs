using System.Text.Json;
using LeanTune.Checkpoints;

namespace LeanTune.Adapters.Peft;

/// <summary>Refuses by name the settings of adapter_config.json that change the maths and are not supported, so that no adapter is quietly misread.</summary>
internal static class UnsupportedKeys
{
    // Read into LoraConfig, or without any effect on the adapter's values.
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "alpha_pattern", "auto_mapping", "base_model_name_or_path", "bias", "ensure_weight_tying", "eva_config", "exclude_modules", "inference_mode",
        "init_lora_weights", "layers_pattern", "layers_to_transform", "lora_alpha", "lora_dropout", "megatron_core", "peft_type", "peft_version",
        "qalora_group_size", "r", "rank_pattern", "revision", "runtime_config", "target_modules", "task_type", "trainable_token_indices", "use_rslora",
    };

    // Refused where they hold anything but null, false, or nothing.
    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["alora_invocation_tokens"] = "activated LoRA is not supported",
        ["arrow_config"] = "Arrow routing is not supported",
        ["corda_config"] = "CorDA changes the base weights and is not supported",
        ["fan_in_fan_out"] = "weights stored as (in, out) are not supported",
        ["kasa_config"] = "KaSA is not supported",
        ["layer_replication"] = "replicated layers are not supported",
        ["loftq_config"] = "LoftQ changes the base weights and is not supported",
        ["lora_bias"] = "a bias on lora_B is not supported",
        ["lora_ga_config"] = "LoRA-GA changes the base weights; convert the adapter to plain LoRA in Python first",
        ["megatron_config"] = "Megatron layers are not supported",
        ["modules_to_save"] = "modules that are trained whole are not supported",
        ["monteclora_config"] = "MonteCLoRA is not supported",
        ["target_parameters"] = "LoRA on bare parameters is not supported",
        ["use_bdlora"] = "block-diagonal LoRA is not supported",
        ["use_dora"] = "DoRA is not supported",
        ["use_qalora"] = "QA-LoRA is not supported",
        ["velora_config"] = "VeLoRA's approximate gradients are not supported",
    };

    // The starts after which the base weights are as they were: the adapter is plain LoRA.
    private static readonly string[] PlainStarts = ["gaussian", "eva", "orthogonal"];

    /// <summary>Checks every key of the file.</summary>
    /// <returns>The keys that are not known and hold a plain number or text: left aside, for the caller to report.</returns>
    /// <exception cref="CheckpointFormatException">A setting is not supported.</exception>
    public static IReadOnlyList<string> Check(string file, JsonElement root)
    {
        Require(file, root, "peft_type", "LORA", "only LORA adapters are supported");
        if (root.TryGetProperty("bias", out _)) Require(file, root, "bias", "none", "trained biases are not supported, only none");
        CheckStart(file, root);
        List<string> ignored = [];
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (Known.Contains(property.Name) || IsOff(property.Value)) continue;
            if (Refused.TryGetValue(property.Name, out string? reason)) throw Refuse(file, property.Name, reason, property.Value);
            // A switch or a block of settings turns something on; a number or a text beside it only tunes what is off.
            if (property.Value.ValueKind is not (JsonValueKind.Number or JsonValueKind.String))
                throw Refuse(file, property.Name, "this setting is not known, so the adapter may not be plain LoRA", property.Value);
            ignored.Add(property.Name);
        }

        return ignored;
    }

    private static void CheckStart(string file, JsonElement root)
    {
        if (!root.TryGetProperty("init_lora_weights", out JsonElement start) || start.ValueKind != JsonValueKind.String) return;
        if (!PlainStarts.Contains(start.GetString()))
            throw Refuse(file, "init_lora_weights", "this start changes the base weights; convert the adapter to plain LoRA in Python first " +
                "(save_pretrained with path_initial_model_for_weight_conversion)", start);
    }

    private static void Require(string file, JsonElement root, string key, string wanted, string reason)
    {
        if (!root.TryGetProperty(key, out JsonElement value)) throw new CheckpointFormatException(file, key, $"is missing; expected \"{wanted}\"");
        if (value.ValueKind != JsonValueKind.String || value.GetString() != wanted) throw Refuse(file, key, reason, value);
    }

    private static bool IsOff(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => value.GetPropertyCount() == 0,
        _ => false,
    };

    private static CheckpointFormatException Refuse(string file, string key, string reason, JsonElement value) =>
        new(file, key, $"is {CheckpointFormatException.Shorten(value.GetRawText())}: {reason}");
}
