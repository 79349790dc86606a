using System.Text.Json;
using System.Text.Unicode;

namespace LeanTune.Data;

/// <summary>The fields of one JSONL line, or why the line is no record.</summary>
internal sealed class JsonRecord
{
    private const int LongestNameShown = 40;
    private readonly Dictionary<string, (JsonTokenType Kind, string? Text)> _fields = [];

    private JsonRecord()
    {
    }

    /// <summary>Field names in file order.</summary>
    public IEnumerable<string> Names => _fields.Keys;

    /// <summary>Parses one line; string values are decoded only for the fields that are wanted.</summary>
    /// <returns>The record, or null with the problem.</returns>
    public static JsonRecord? Parse(ReadOnlySpan<byte> line, IReadOnlyCollection<string> wanted, out string problem)
    {
        problem = "";
        if (!Utf8.IsValid(line))
        {
            problem = $"expected UTF-8, found an invalid byte at byte {Utf8Text.FirstInvalid(line) + 1} of the line";
            return null;
        }

        var reader = new Utf8JsonReader(line);
        var record = new JsonRecord();
        string name = "";
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                problem = $"expected one JSON object a line, found {Describe(reader.TokenType)}";
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                name = "";
                name = reader.GetString()!;
                reader.Read();
                JsonTokenType kind = reader.TokenType;
                string? text = kind == JsonTokenType.String && wanted.Contains(name) ? reader.GetString() : null;
                reader.Skip();
                if (!record._fields.TryAdd(name, (kind, text)))
                {
                    problem = $"field {Quote(name)} occurs twice";
                    return null;
                }
            }

            // Throws when something follows the object.
            reader.Read();
            return record;
        }
        catch (JsonException cause)
        {
            string reason = cause.Message.Split(" LineNumber:")[0].TrimEnd('.');
            problem = $"not valid JSON at byte {cause.BytePositionInLine + 1} of the line: {reason}";
            return null;
        }
        catch (InvalidOperationException)
        {
            problem = name.Length == 0
                ? "a field name holds an unpaired surrogate (half of a \\uD8xx\\uDCxx pair)"
                : $"field {Quote(name)} holds an unpaired surrogate (half of a \\uD8xx\\uDCxx pair)";
            return null;
        }
    }

    public bool Has(string name) => _fields.ContainsKey(name);

    /// <summary>The text of a field that was wanted, or null when it is absent or no string.</summary>
    public string? Text(string name) => _fields.GetValueOrDefault(name).Text;

    /// <summary>What a field holds, for people.</summary>
    public string DescribeValue(string name) => Describe(_fields[name].Kind);

    /// <summary>A name in quotes, fit for one line of a terminal.</summary>
    public static string Quote(string name)
    {
        string shown = name.Length <= LongestNameShown ? name : name[..LongestNameShown] + "…";
        return "'" + string.Concat(shown.Select(c => char.IsControl(c) ? '\uFFFD' : c)) + "'";
    }

    private static string Describe(JsonTokenType kind) => kind switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.Null => "null",
        _ => "nothing",
    };
}
