using System.Text.Json;
using LeanTune.Checkpoints;

namespace LeanTune.Adapters.Peft;

/// <summary>Reads PEFT's adapter_config.json, refusing by name what would change the maths and is not supported.</summary>
internal sealed class LoraConfigReader
{
    private readonly string _file;
    private readonly JsonElement _root;

    private LoraConfigReader(string file, JsonElement root)
    {
        _file = file;
        _root = root;
    }

    /// <summary>The configuration, and the keys that no known PEFT version writes and that were left aside.</summary>
    /// <exception cref="CheckpointFormatException">Not JSON, a value of the wrong kind or range, or something unsupported; the key is named.</exception>
    public static (LoraConfig Config, IReadOnlyList<string> IgnoredKeys) Load(string path)
    {
        string full = LocalPath.ExistingFile(path);
        using JsonDocument document = JsonFile.Parse(full);
        try
        {
            IReadOnlyList<string> ignored = UnsupportedKeys.Check(full, document.RootElement);
            LoraConfig config = new LoraConfigReader(full, document.RootElement).Read();
            config.Validate();
            return (config, ignored);
        }
        catch (AdapterException e)
        {
            throw new CheckpointFormatException(full, null, e.Message.TrimEnd('.'), e);
        }
        catch (InvalidOperationException e)
        {
            throw new CheckpointFormatException(full, null, "holds text that is not valid Unicode", e); // half a surrogate pair, found when the text is asked for
        }
    }

    // A key that is absent has PEFT's default, which is also that of LoraConfig.
    private LoraConfig Read()
    {
        LoraConfig defaults = new();
        return new LoraConfig
        {
            Rank = Find("r") is { } rank ? Integer("r", rank) : defaults.Rank,
            Alpha = Find("lora_alpha") is { } alpha ? Number("lora_alpha", alpha) : defaults.Alpha,
            Dropout = Find("lora_dropout") is { } dropout ? Number("lora_dropout", dropout) : defaults.Dropout,
            TargetModules = Modules("target_modules"),
            ExcludeModules = Modules("exclude_modules"),
            LayersToTransform = Layers(),
            LayersPattern = Find("layers_pattern") is { } layers ? Strings("layers_pattern", layers) is { Count: > 0 } names ? names : null : null,
            RankPattern = Patterns("rank_pattern", Integer),
            AlphaPattern = Patterns("alpha_pattern", Number),
            TrainedTokens = Tokens(),
            UseRslora = Find("use_rslora") is { } rslora && Boolean("use_rslora", rslora),
            Start = Start(),
            BaseModelNameOrPath = Find("base_model_name_or_path") is { } name ? Text("base_model_name_or_path", name) : null,
            Revision = Find("revision") is { } revision ? Text("revision", revision) : null,
            TaskType = Find("task_type") is { } task ? Text("task_type", task) : null,
        };
    }

    private TargetModules? Modules(string key)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString() is { Length: > 0 } pattern ? TargetModules.Regex(pattern) : null;
        return Strings(key, value) is { Count: > 0 } names ? TargetModules.List(names) : null;
    }

    private List<int>? Layers()
    {
        if (Find("layers_to_transform") is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number) return [Integer("layers_to_transform", value)];
        if (value.ValueKind != JsonValueKind.Array) throw Wrong("layers_to_transform", "a whole number or a list of them", value);
        List<int> layers = value.EnumerateArray().Select(layer => Integer("layers_to_transform", layer)).ToList();
        return layers.Count > 0 ? layers : null;
    }

    // A bare list is of the model's input embedding, whose name is the same in every family that is read here.
    private List<KeyValuePair<string, IReadOnlyList<int>>> Tokens()
    {
        const string key = "trainable_token_indices";
        if (Find(key) is not { } value) return [];
        IReadOnlyList<int> Ids(string place, JsonElement ids) => ids.ValueKind == JsonValueKind.Array
            ? [.. ids.EnumerateArray().Select(id => Integer(place, id))]
            : throw Wrong(place, "a list of token ids", ids);
        if (value.ValueKind == JsonValueKind.Object) return [.. value.EnumerateObject().Select(table => KeyValuePair.Create(table.Name, Ids($"{key}.{table.Name}", table.Value)))];
        return Ids(key, value) is { Count: > 0 } all ? [KeyValuePair.Create("embed_tokens", all)] : [];
    }

    private List<KeyValuePair<string, T>> Patterns<T>(string key, Func<string, JsonElement, T> read)
    {
        if (Find(key) is not { } value) return [];
        if (value.ValueKind != JsonValueKind.Object) throw Wrong(key, "an object of patterns", value);
        List<KeyValuePair<string, T>> patterns = [];
        foreach (JsonProperty pattern in value.EnumerateObject())
        {
            PythonRegex.Ending(pattern.Name); // an invalid expression is this file's fault, not a later caller's
            patterns.Add(new(pattern.Name, read($"{key}.{pattern.Name}", pattern.Value)));
        }

        return patterns;
    }

    // What the start was matters for a fresh adapter only, once the starts that change the base weights are refused.
    private LoraStart Start()
    {
        if (Find("init_lora_weights") is not { } value || value.ValueKind == JsonValueKind.True) return LoraStart.Default;
        if (value.ValueKind == JsonValueKind.False) return LoraStart.Random;
        return Text("init_lora_weights", value) == "gaussian" ? LoraStart.Gaussian : LoraStart.Default;
    }

    private JsonElement? Find(string key) => _root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private int Integer(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : throw Wrong(key, "a whole number", value);

    private double Number(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) ? number : throw Wrong(key, "a number", value);

    private bool Boolean(string key, JsonElement value) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(key, "true or false", value);

    private string Text(string key, JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(key, "a string", value);

    private List<string> Strings(string key, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) return [Text(key, value)];
        if (value.ValueKind != JsonValueKind.Array) throw Wrong(key, "a string or a list of strings", value);
        return value.EnumerateArray().Select(entry => Text(key, entry)).ToList();
    }

    private CheckpointFormatException Wrong(string key, string expected, JsonElement value) =>
        new(_file, key, $"must be {expected}, but is {CheckpointFormatException.Shorten(value.GetRawText())}");
}
