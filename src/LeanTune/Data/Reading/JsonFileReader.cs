using System.Text.Json;
using LeanTune.Checkpoints;

namespace LeanTune.Data;

/// <summary>Streams the records of a JSON file: an array of objects, bare or within an object, or an object of columns.</summary>
internal static class JsonFileReader
{
    public static IEnumerable<RawRecord> Read(string path, DataSource source)
    {
        byte? first;
        using (var bytes = new JsonBytes(path))
            first = bytes.Peek();
        switch (first)
        {
            case null:
                return [];
            case (byte)'[':
                return source.Key is null
                    ? Elements(new JsonArrayElements(path), path, source.Fields, isWholeFile: true)
                    : throw new DataException($"{path}: is an array itself; the key {JsonRecords.Quote(source.Key)} is for arrays within an object");
            case (byte)'{':
                IReadOnlyList<JsonMember> members = JsonOutline.Read(path);
                return IsColumns(members, source) ? JsonColumnsReader.Read(path, members) : Within(path, source, Choose(path, members, source));
            default:
                throw new DataException($"{path}:1: expected a JSON array of objects, or an object with one");
        }
    }

    private static IEnumerable<RawRecord> Within(string path, DataSource source, JsonMember array) =>
        Elements(new JsonArrayElements(path, array.Offset, array.Line), path, source.Fields, isWholeFile: false);

    private static IEnumerable<RawRecord> Elements(JsonArrayElements opened, string path, IReadOnlyList<string> names, bool isWholeFile)
    {
        using JsonArrayElements elements = opened;
        using RowWriter? rows = names.Count > 0 ? new RowWriter(names) : null;
        while (TryReadRecord(elements, path, rows, out RawRecord record))
            yield return record;
        if (isWholeFile)
            elements.RequireEnd();
    }

    private static bool TryReadRecord(JsonArrayElements elements, string path, RowWriter? rows, out RawRecord record)
    {
        record = default;
        if (!elements.TryNext(out ReadOnlySpan<byte> json))
            return false;
        var place = new RecordPlace(path, elements.Line);
        try
        {
            if (json[0] == '[' && rows is not null)
                record = new RawRecord(place, rows.Named(JsonRecords.Parse(json, "of the record")));
            else if (json[0] == '[')
                throw new RecordException("expected an object, found an array; where each record is a row of cells, name the cells (fields)");
            else
                record = new RawRecord(place, JsonRecords.ParseObject(json, "an object for each record", "of the record"), null, elements.Offset, json.Length);
        }
        catch (RecordException bad)
        {
            record = RawRecord.Bad(place, bad.Message);
        }

        return true;
    }

    private static bool IsColumns(IReadOnlyList<JsonMember> members, DataSource source) =>
        source.Key is null && source.Fields.Count == 0 && members.Count > 0
        && members.All(member => member.IsArray && member.Elements == members[0].Elements)
        && !members.All(member => member.FirstElement == JsonTokenType.StartObject);

    private static JsonMember Choose(string path, IReadOnlyList<JsonMember> members, DataSource source)
    {
        if (source.Key is { } key)
        {
            if (members.FirstOrDefault(member => member.Name == key) is not { } named)
                throw new DataException($"{path}: holds no key {JsonRecords.Quote(key)}{NearestName.Hint(key, members.Select(member => member.Name)).TrimEnd('.')}");
            return named.IsArray ? named : throw new DataException($"{path}:{named.Line}: expected an array of records under {JsonRecords.Quote(key)}");
        }

        JsonMember[] arrays = [.. members.Where(member => member.FirstElement == JsonTokenType.StartObject
            || (source.Fields.Count > 0 && member.FirstElement == JsonTokenType.StartArray))];
        return arrays switch
        {
            [var only] => only,
            [] => throw new DataException($"{path}: expected an array of objects, an object that holds one, or an object of columns of one length; found an object with {Names(members)}"),
            _ => throw new DataException($"{path}: holds several arrays of records ({Names(arrays)}): say which is meant by its key"),
        };
    }

    private static string Names(IReadOnlyList<JsonMember> members)
    {
        const int mostShown = 8;
        return members.Count == 0 ? "no key" : string.Join(", ", members.Take(mostShown).Select(member => JsonRecords.Quote(member.Name))) + (members.Count > mostShown ? ", …" : "");
    }
}
