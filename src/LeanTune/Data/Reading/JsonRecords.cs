using System.Text.Json;
using System.Text.Unicode;

namespace LeanTune.Data;

/// <summary>Parses JSON of records strictly, with problems put for people.</summary>
internal static class JsonRecords
{
    private const int LongestNameShown = 40;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Parses one object.</summary>
    /// <param name="json">The object and white space around it, no more.</param>
    /// <param name="expected">What should stand there, for the problem.</param>
    /// <param name="where">What positions count from, for the problem.</param>
    /// <exception cref="RecordException">It is no such object; a key occurs twice; a string holds half a surrogate pair.</exception>
    public static JsonElement ParseObject(ReadOnlySpan<byte> json, string expected = "one JSON object a line", string where = "of the line")
    {
        JsonElement element = Parse(json, where);
        return element.ValueKind == JsonValueKind.Object ? element : throw new RecordException($"expected {expected}, found {Describe(element.ValueKind)}");
    }

    /// <summary>Parses any value.</summary>
    /// <param name="json">The value and white space around it, no more.</param>
    /// <param name="where">Where the bytes stand, for the problem: "of the line".</param>
    /// <exception cref="RecordException">As for <see cref="ParseObject"/>.</exception>
    public static JsonElement Parse(ReadOnlySpan<byte> json, string where)
    {
        if (!Utf8.IsValid(json))
            throw new RecordException($"expected UTF-8, found an invalid byte at byte {Utf8Text.FirstInvalid(json) + 1} {where}");
        try
        {
            JsonElement element = JsonElement.Parse(json, Strict);
            RequireWholeCharacters(json);
            return element;
        }
        catch (JsonException cause)
        {
            RequireKeysOnce(json);
            throw new RecordException($"not valid JSON at byte {cause.BytePositionInLine + 1} {where}: {JsonErrors.Reason(cause)}");
        }
        catch (InvalidOperationException cause)
        {
            // Keys are compared as text, which half a surrogate pair is not.
            RequireWholeCharacters(json);
            throw new RecordException($"not valid JSON: {cause.Message}");
        }
    }

    /// <summary>A name in quotes, fit for one line of a terminal.</summary>
    public static string Quote(string name)
    {
        string shown = name.Length <= LongestNameShown ? name : name[..LongestNameShown] + "…";
        return "'" + string.Concat(shown.Select(c => char.IsControl(c) ? '\uFFFD' : c)) + "'";
    }

    /// <summary>What a value is, for people.</summary>
    public static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        JsonValueKind.Null => "null",
        _ => "nothing",
    };

    /// <summary>Parsing leaves escapes as they are: half a surrogate pair would throw later, wherever the text is first used.</summary>
    private static void RequireWholeCharacters(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0)
            return;
        var reader = new Utf8JsonReader(json);
        string name = "";
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.PropertyName or JsonTokenType.String))
                continue;
            bool isName = reader.TokenType == JsonTokenType.PropertyName;
            try
            {
                string text = reader.GetString()!;
                name = isName ? text : name;
            }
            catch (InvalidOperationException)
            {
                throw new RecordException((isName ? "a field name" : $"field {Quote(name)}") + " holds an unpaired surrogate (half of a \\uD8xx\\uDCxx pair)");
            }
        }
    }

    /// <summary>Finds the key that made strict parsing fail, if one did.</summary>
    private static void RequireKeysOnce(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var open = new Stack<HashSet<string>>();
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.StartObject)
                    open.Push([]);
                else if (reader.TokenType == JsonTokenType.EndObject)
                    open.Pop();
                else if (reader.TokenType == JsonTokenType.PropertyName && reader.GetString() is { } name && !open.Peek().Add(name))
                    throw new RecordException($"field {Quote(name)} occurs twice");
            }
        }
        catch (Exception other) when (other is JsonException or InvalidOperationException)
        {
            // What is wrong comes before any such key.
        }
    }
}
