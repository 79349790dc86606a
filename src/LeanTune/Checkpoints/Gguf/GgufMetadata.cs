using System.Globalization;

namespace LeanTune.Checkpoints;

/// <summary>
/// Typed access to a GGUF file's metadata that remembers what was asked for, so that an import can name what it did not use.
/// </summary>
internal sealed class GgufMetadata(GgufFile file)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>Keys that nobody asked for, in the file's order.</summary>
    public IEnumerable<string> Unused => file.Metadata.Keys.Where(key => !_asked.Contains(key));

    /// <summary>Full path of the file, for messages.</summary>
    public string Path => file.Path;

    public string? Text(string key) => Get<string>(key, "a text");

    public bool? Flag(string key) => Find(key) switch
    {
        null => null,
        bool value => value,
        object other => throw Wrong(key, "true or false", other),
    };

    public long? Integer(string key) => Find(key) switch
    {
        null => null,
        byte or sbyte or ushort or short or uint or int or long => Convert.ToInt64(file.Metadata[key], CultureInfo.InvariantCulture),
        ulong value and <= long.MaxValue => (long)value,
        object other => throw Wrong(key, "a whole number", other),
    };

    /// <summary>A whole number of a model's sizes: from 1 to 2^31 − 1.</summary>
    public int? Size(string key) => Integer(key) switch
    {
        null => null,
        > 0 and <= int.MaxValue and long value => (int)value,
        long other => throw Wrong(key, "a whole number from 1 to 2147483647", other),
    };

    public int RequiredSize(string key) => Size(key) ?? throw new CheckpointFormatException(
        Path, $"metadata '{key}'",
        "is missing; a whole number was expected");

    public float? Real(string key) => Find(key) switch
    {
        null => null,
        float value when float.IsFinite(value) => value,
        double value when float.IsFinite((float)value) => (float)value,
        object other => throw Wrong(key, "a finite number", other),
    };

    public string[]? Texts(string key) => Get<string[]>(key, "a list of texts");

    public float[]? Reals(string key) => Get<float[]>(key, "a list of fp32 numbers");

    public int[]? Integers(string key) => Find(key) switch
    {
        null => null,
        int[] values => values,
        uint[] values => [.. values.Select(static value => unchecked((int)value))],
        object other => throw Wrong(key, "a list of whole numbers", other),
    };

    public CheckpointFormatException Wrong(string key, string expected, object found) =>
        new(Path, $"metadata '{key}'", $"is {Show(found)}; expected {expected}");

    private T? Get<T>(string key, string expected)
        where T : class => Find(key) switch
        {
            null => null,
            T value => value,
            object other => throw Wrong(key, expected, other),
        };

    private object? Find(string key)
    {
        _asked.Add(key);
        return file.Metadata.GetValueOrDefault(key);
    }

    private static string Show(object value) => value switch
    {
        Array list => $"a list of {list.Length} {list.GetType().GetElementType()!.Name}",
        string text => $"'{CheckpointFormatException.Shorten(text)}'",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
