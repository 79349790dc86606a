using System.Text;
using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Streams tables whose rows are lines, cut wherever the separator stands: no cell holds a line break, and quotes are ordinary characters.</summary>
internal static class SeparatedLinesReader
{
    /// <param name="path">The file.</param>
    /// <param name="given">Names of the cells; empty takes them from the first line.</param>
    /// <param name="separator">What stands between cells; null for one cell a line.</param>
    public static IEnumerable<RawRecord> Read(string path, IReadOnlyList<string> given, string? separator)
    {
        using var lines = new LineReader(path);
        using var table = new Table(given, separator);
        while (TryReadRecord(lines, path, table, out RawRecord record))
            yield return record;
    }

    private static bool TryReadRecord(LineReader lines, string path, Table table, out RawRecord record)
    {
        while (lines.TryRead(out ReadOnlySpan<byte> line, out bool tooLong))
        {
            if (!tooLong && PlainText.IsBlank(line))
                continue;
            var place = new RecordPlace(path, lines.Line);
            try
            {
                if (tooLong)
                    throw new RecordException(LineReader.TooLong);
                PlainText.Require(line, "of the line");
                if (table.TakesAsHeader(place, line))
                    continue;
                record = new RawRecord(place, table.Row(line));
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

    private sealed class Table(IReadOnlyList<string> given, string? separator) : IDisposable
    {
        private readonly byte[]? _separator = separator is null ? null : Encoding.UTF8.GetBytes(separator);
        private RowWriter? _rows;

        /// <summary>Takes the names from the first line, or passes over a first line that repeats them.</summary>
        public bool TakesAsHeader(RecordPlace place, ReadOnlySpan<byte> line)
        {
            if (_rows is not null)
                return false;
            string text = Encoding.UTF8.GetString(line);
            string[] cells = separator is null ? [text] : text.Split(separator);
            bool header = given.Count == 0 || (given.Count > 1 && Header.Repeats(given, cells));
            _rows = new RowWriter(given.Count > 0 ? given : Header.Check(place, cells));
            return header;
        }

        public JsonElement Row(ReadOnlySpan<byte> line)
        {
            RowWriter rows = _rows!;
            rows.RequireCount(_separator is null ? 1 : Cells(line));
            rows.Begin();
            for (int column = 0; column < rows.Columns; column++)
            {
                int end = _separator is null ? -1 : line.IndexOf(_separator);
                rows.Add(column, end < 0 ? line : line[..end]);
                line = end < 0 ? default : line[(end + _separator!.Length)..];
            }

            return rows.End();
        }

        public void Dispose() => _rows?.Dispose();

        private int Cells(ReadOnlySpan<byte> line)
        {
            int cells = 1;
            for (int at; (at = line.IndexOf(_separator)) >= 0; cells++)
                line = line[(at + _separator!.Length)..];
            return cells;
        }
    }
}
