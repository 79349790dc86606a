using CsvHelper;

namespace LeanTune.Data;

/// <summary>Streams the rows of CSV and TSV files with quoted cells (RFC 4180) as records.</summary>
internal static class CsvRecordReader
{
    private static readonly string[] Separators = [",", ";", "\t"];

    /// <param name="path">The file: UTF-8, or UTF-16 with a byte order mark.</param>
    /// <param name="given">Names of the cells; empty takes them from the first row.</param>
    /// <param name="separator">What stands between cells, or null: a comma, or a semicolon when the header has no comma.</param>
    /// <param name="usual">What the kind of file leads to expect.</param>
    public static IEnumerable<RawRecord> Read(string path, IReadOnlyList<string> given, string? separator, string usual)
    {
        using var table = new Table(path, given, separator ?? Choose(path, usual), mayBeOther: separator is null);
        while (table.TryRead(out RawRecord record))
            yield return record;
    }

    /// <summary>Spreadsheets of half the world write semicolons into .csv files.</summary>
    private static string Choose(string path, string usual)
    {
        if (usual != ",")
            return usual;
        using CsvReader rows = Open(path, ",", static _ => { });
        return TryMove(rows, path) && rows.FieldCount == 1 && rows.RawRecord.Contains((byte)';') ? ";" : usual;
    }

    private static CsvReader Open(string path, string separator, Action<CsvMalformedRecord> onMalformed) => CsvReader.Create(DataFiles.Open(path), new CsvReaderOptions
    {
        Separator = separator[0],
        HasHeader = false,
        TrackLineNumbers = true,
        DetectSeparatorHint = false,
        MaxRecordSize = LineReader.LongestLine,
        OnMalformedRecord = onMalformed,
    });

    private static bool TryMove(CsvReader rows, string path)
    {
        try
        {
            return rows.Read();
        }
        catch (CsvFormatException cause)
        {
            throw new DataException($"{path}: from line {rows.LineNumber + 1} on: a record is longer than {LineReader.LongestLine >> 20} MiB; perhaps a quote is never closed. " +
                "Where quotes are ordinary characters, say so (quotes: false)", cause);
        }
    }

    private sealed class Table : IDisposable
    {
        private readonly string _path;
        private readonly CsvReader _rows;
        private readonly RowWriter? _writer;
        private string? _malformed;
        private bool _standsOnRecord;

        public Table(string path, IReadOnlyList<string> given, string separator, bool mayBeOther)
        {
            _path = path;
            _rows = Open(path, separator, record => _malformed = record.Reason switch
            {
                CsvMalformedReason.UnterminatedQuote => "a quote is opened and never closed; where quotes are ordinary characters, say so (quotes: false)",
                CsvMalformedReason.TextAfterClosingQuote => "text follows the closing quote of a cell; a quote within a quoted cell is written twice",
                _ => null, // A quote within an unquoted cell is what it looks like.
            });
            try
            {
                if (!TryMove(_rows, path))
                    return;
                var place = new RecordPlace(path, (int)_rows.LineNumber);
                string[] first = [.. Enumerable.Range(0, _rows.FieldCount).Select(_rows.GetString)];
                bool isHeader = given.Count == 0 || Header.Repeats(given, first);
                if (isHeader && mayBeOther)
                    RequireSeparator(place, first, separator);
                _writer = new RowWriter(given.Count > 0 ? given : Header.Check(place, first));
                _standsOnRecord = !isHeader;
            }
            catch
            {
                _rows.Dispose();
                throw;
            }
        }

        public bool TryRead(out RawRecord record)
        {
            record = default;
            if (_writer is null)
                return false;
            while (_standsOnRecord || TryMoveOn())
            {
                _standsOnRecord = false;
                ReadOnlySpan<byte> raw = _rows.RawRecord;
                if (_writer.Columns > 1 && PlainText.IsBlank(raw))
                    continue;
                record = Current(new RecordPlace(_path, (int)_rows.LineNumber), raw);
                return true;
            }

            return false;
        }

        public void Dispose()
        {
            _rows.Dispose();
            _writer?.Dispose();
        }

        private bool TryMoveOn()
        {
            _malformed = null;
            return TryMove(_rows, _path);
        }

        private RawRecord Current(RecordPlace place, ReadOnlySpan<byte> raw)
        {
            try
            {
                if (_malformed is not null)
                    throw new RecordException(_malformed);
                PlainText.Require(raw, "of the record");
                _writer!.RequireCount(_rows.FieldCount);
                _writer.Begin();
                for (int column = 0; column < _writer.Columns; column++)
                    _writer.Add(column, _rows.GetSpan(column));
                return new RawRecord(place, _writer.End());
            }
            catch (RecordException bad)
            {
                return RawRecord.Bad(place, bad.Message);
            }
        }

        private static void RequireSeparator(RecordPlace place, string[] header, string separator)
        {
            if (header is [var only] && Separators.FirstOrDefault(other => other != separator && only.Contains(other, StringComparison.Ordinal)) is { } found)
                throw new DataException($"{place}: expected columns separated by {Name(separator)}; the header is one column that holds {Name(found)}: " +
                    "name the file by what it is (.csv, .tsv), or set the separator");
        }

        private static string Name(string separator) => separator switch
        {
            "\t" => "tabs",
            "," => "commas",
            _ => "semicolons",
        };
    }
}
