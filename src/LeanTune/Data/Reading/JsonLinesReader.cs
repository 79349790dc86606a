using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Streams the records of a JSONL file; each line stands for itself, so that a bad one spoils no other.</summary>
internal static class JsonLinesReader
{
    public static IEnumerable<RawRecord> Read(string path)
    {
        using var lines = new LineReader(path);
        while (TryReadRecord(lines, path, out RawRecord record))
            yield return record;
    }

    // Apart from the iterator, in which no span can live.
    private static bool TryReadRecord(LineReader lines, string path, out RawRecord record)
    {
        while (lines.TryRead(out ReadOnlySpan<byte> line, out bool tooLong))
        {
            var place = new RecordPlace(path, lines.Line);
            if (tooLong)
            {
                record = RawRecord.Bad(place, LineReader.TooLong + "; expected one JSON object a line");
                return true;
            }

            if (line.Trim(" \t\r"u8).IsEmpty)
                continue;
            try
            {
                JsonElement fields = JsonRecords.ParseObject(line);
                record = new RawRecord(place, fields, null, lines.Offset, line.Length);
            }
            catch (RecordException bad)
            {
                record = RawRecord.Bad(place, bad.Message);
            }

            return true;
        }

        record = default;
        return false;
    }
}
