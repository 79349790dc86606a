using System.Buffers;
using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Streams the records of a JSON object of columns, each read by a cursor of its own, so that no column is ever whole in memory.</summary>
internal static class JsonColumnsReader
{
    /// <param name="path">The file.</param>
    /// <param name="columns">Its keys, each an array of the same length.</param>
    public static IEnumerable<RawRecord> Read(string path, IReadOnlyList<JsonMember> columns)
    {
        var cursors = new List<JsonArrayElements>();
        try
        {
            foreach (JsonMember column in columns)
                cursors.Add(new JsonArrayElements(path, column.Offset, column.Line));
            var row = new ArrayBufferWriter<byte>();
            for (int i = 0; i < columns[0].Elements; i++)
                yield return ReadRow(new RecordPlace(path, i + 1, IsRow: true), columns, cursors, row);
        }
        finally
        {
            cursors.ForEach(cursor => cursor.Dispose());
        }
    }

    private static RawRecord ReadRow(RecordPlace place, IReadOnlyList<JsonMember> columns, List<JsonArrayElements> cursors, ArrayBufferWriter<byte> row)
    {
        row.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(row, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            for (int c = 0; c < columns.Count; c++)
            {
                cursors[c].TryNext(out ReadOnlySpan<byte> cell);
                json.WritePropertyName(columns[c].Name);
                json.WriteRawValue(cell, skipInputValidation: true);
            }

            json.WriteEndObject();
        }

        try
        {
            return new RawRecord(place, JsonRecords.ParseObject(row.WrittenSpan, "an object", "of the record"));
        }
        catch (RecordException bad)
        {
            return RawRecord.Bad(place, bad.Message);
        }
    }
}
