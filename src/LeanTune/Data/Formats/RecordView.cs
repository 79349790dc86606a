using System.Text;
using System.Text.Json;
using LeanTune.Checkpoints;

namespace LeanTune.Data;

/// <summary>A record as a format sees it: fields by the format's own names, whatever the file calls them.</summary>
internal readonly struct RecordView(JsonElement fields, IReadOnlyDictionary<string, string> columns)
{
    private const int MostNamesShown = 8;

    /// <summary>The object as read.</summary>
    public JsonElement Fields => fields;

    /// <summary>What the file calls a field of the format.</summary>
    public string NameOf(string field) => columns.GetValueOrDefault(field, field);

    public bool Has(string field) => fields.TryGetProperty(NameOf(field), out _);

    /// <summary>A field that is there and not null, nor the empty cell by which tables say that.</summary>
    public bool TryGet(string field, out JsonElement value) =>
        fields.TryGetProperty(NameOf(field), out value) && value.ValueKind != JsonValueKind.Null && !(value.ValueKind == JsonValueKind.String && value.ValueEquals(""));

    /// <summary>A field that may be absent, as text.</summary>
    /// <exception cref="RecordException">It is there and no text.</exception>
    public string? OptionalText(string field) => TryGet(field, out JsonElement value) ? Text(field, value) : null;

    /// <summary>A field as text.</summary>
    /// <exception cref="RecordException">It is absent or no text.</exception>
    public string Text(string field) => Text(field, Require(field));

    /// <summary>A field as the text that a template puts in its place: numbers and switches as they are written.</summary>
    /// <exception cref="RecordException">It is absent, null, or holds more than one value.</exception>
    public string Plain(string field)
    {
        JsonElement value = Require(field);
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => throw new RecordException($"field {Shown(field)} must be a text or a number to stand in a template, but is {JsonRecords.Describe(value.ValueKind)}"),
        };
    }

    /// <summary>A field as text that is not empty, since it is what is trained.</summary>
    /// <exception cref="RecordException">It is absent, no text, or empty.</exception>
    public string Target(string field) =>
        Text(field) is { Length: > 0 } text ? text : throw new RecordException($"field {Shown(field)} is empty: nothing to train on");

    /// <summary>A field as a list; the text of a cell is parsed, since tables hold lists so.</summary>
    /// <exception cref="RecordException">It is absent or no list.</exception>
    public JsonElement List(string field)
    {
        JsonElement value = Require(field);
        if (value.ValueKind == JsonValueKind.String)
            value = ParseCell(field, value);
        return value.ValueKind == JsonValueKind.Array ? value : throw new RecordException($"field {Shown(field)} must be a list, but is {JsonRecords.Describe(value.ValueKind)}");
    }

    /// <summary>A list that may be absent.</summary>
    /// <exception cref="RecordException">It is there and no list.</exception>
    public JsonElement? OptionalList(string field) => TryGet(field, out _) ? List(field) : null;

    /// <summary>A field's name for a message.</summary>
    public string Shown(string field) => JsonRecords.Quote(NameOf(field));

    /// <summary>The names that are there, with the nearest of those that are missing, for a message.</summary>
    public string Found(IReadOnlyCollection<string> missing, IReadOnlyCollection<string> known)
    {
        string[] names = [.. fields.EnumerateObject().Take(MostNamesShown + 1).Select(property => property.Name)];
        if (names.Length == 0)
            return "found no field at all";
        return "found " + string.Join(", ", names.Take(MostNamesShown).Select(name => JsonRecords.Quote(name) + Hint(name))) + (names.Length > MostNamesShown ? ", …" : "");

        string Hint(string name) =>
            !known.Contains(name) && !missing.Contains(name) && NearestName.Hint(name, missing) is { Length: > 0 } hint ? $" ({hint.TrimStart(',', ' ')})" : "";
    }

    private JsonElement Require(string field) =>
        fields.TryGetProperty(NameOf(field), out JsonElement value) ? value : throw new RecordException($"field {Shown(field)} is missing; {Found([NameOf(field)], [])}");

    private string Text(string field, JsonElement value) => value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw new RecordException($"field {Shown(field)} must be a string, but is {JsonRecords.Describe(value.ValueKind)}");

    /// <summary>The value that the text of a cell is the JSON of, since tables hold lists so.</summary>
    /// <exception cref="RecordException">It is none.</exception>
    public JsonElement Parsed(string field) => ParseCell(field, Require(field));

    private JsonElement ParseCell(string field, JsonElement value)
    {
        try
        {
            return JsonRecords.Parse(Encoding.UTF8.GetBytes(value.GetString()!), "of the cell");
        }
        catch (RecordException bad)
        {
            throw new RecordException($"field {Shown(field)} must be a list, or the JSON text of one: {bad.Message}");
        }
    }
}
