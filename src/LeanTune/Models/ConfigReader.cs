using System.Text.Json;
using LeanTune.Checkpoints;

namespace LeanTune.Models;

/// <summary>Typed access to config.json whose errors name the file, the key and what was expected.</summary>
public sealed class ConfigReader
{
    private readonly JsonElement _json;
    private readonly string _file;
    private readonly string _prefix;

    /// <summary>Reads a config's root object.</summary>
    /// <param name="json">The parsed file.</param>
    /// <param name="file">Path used in messages.</param>
    public ConfigReader(JsonElement json, string file)
        : this(json, file, "")
    {
    }

    private ConfigReader(JsonElement json, string file, string prefix)
    {
        _json = json;
        _file = file;
        _prefix = prefix;
        if (json.ValueKind != JsonValueKind.Object)
            throw new CheckpointFormatException(file, prefix.Length == 0 ? null : prefix.TrimEnd('.'), "expected a JSON object");
    }

    /// <summary>Whether a key is present and not null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>A whole number from 1 to 2³¹ − 1.</summary>
    public int Count(string key, int? otherwise = null)
    {
        if (Find(key) is not { } value) return otherwise ?? throw Missing(key, "a positive whole number");
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number > 0
            ? number
            : throw Wrong(key, "a positive whole number", value);
    }

    /// <summary>A finite number.</summary>
    public double Number(string key, double? otherwise = null)
    {
        if (Find(key) is not { } value) return otherwise ?? throw Missing(key, "a number");
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : throw Wrong(key, "a number", value);
    }

    /// <summary>true or false.</summary>
    public bool Flag(string key, bool otherwise) => Find(key) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw Wrong(key, "true or false", value),
    };

    /// <summary>A string.</summary>
    public string Text(string key, string? otherwise = null)
    {
        if (Find(key) is not { } value) return otherwise ?? throw Missing(key, "a string");
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(key, "a string", value);
    }

    /// <summary>A nested object, or null when it is absent.</summary>
    public ConfigReader? Section(string key) => Find(key) is { } value ? new ConfigReader(value, _file, $"{_prefix}{key}.") : null;

    /// <summary>An array with one entry a block, or null when it is absent.</summary>
    public IReadOnlyList<T>? PerBlock<T>(string key, int blocks, Func<JsonElement, T?> read, string expected)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != blocks)
            throw Wrong(key, $"an array of {blocks} entries, one a block", value);
        List<T> entries = [];
        foreach (JsonElement entry in value.EnumerateArray())
            entries.Add(read(entry) ?? throw Wrong(key, expected, entry));
        return entries;
    }

    /// <summary>An error about a key's value.</summary>
    public CheckpointFormatException Unsupported(string key, string found, string supported) =>
        new(_file, _prefix + key, $"'{found}' is not supported; supported: {supported}");

    /// <summary>An error about how values fit together.</summary>
    public CheckpointFormatException Inconsistent(string message) => new(_file, null, message);

    private JsonElement? Find(string key) =>
        _json.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private CheckpointFormatException Missing(string key, string expected) =>
        new(_file, _prefix + key, $"the key is missing; expected {expected}");

    private CheckpointFormatException Wrong(string key, string expected, JsonElement found)
    {
        string text = found.GetRawText();
        if (text.Length > 60) text = text[..60] + "…";
        return new CheckpointFormatException(_file, _prefix + key, $"found {text}, expected {expected}");
    }
}
