using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Parquet;

namespace LeanTune.Data;

/// <summary>Streams the rows of a Parquet file as records, row group by row group: memory is that of one row group.</summary>
internal static class ParquetRecordReader
{
    /// <summary>Most rows, and values of a column, that a row group may announce: damaged files announce any number, and memory is taken for it.</summary>
    private const long MostInGroup = 1 << 24;

    public static IEnumerable<RawRecord> Read(string path)
    {
        using var table = new Table(path);
        int row = 0;
        while (table.OpenNextGroup() is { } group)
        {
            using ParquetRows rows = group;
            while (!rows.AtEnd)
                yield return table.ReadRow(rows, new RecordPlace(path, ++row, IsRow: true));
        }
    }

    private sealed class Table : IDisposable
    {
        private readonly string _path;
        private readonly EndingStream _file;
        private readonly ParquetReader _reader;
        private readonly ArrayBufferWriter<byte> _row = new();
        private readonly Utf8JsonWriter _json;
        private int _groups;

        public Table(string path)
        {
            _path = path;
            _file = new EndingStream(OpenSeekable(path));
            _json = new Utf8JsonWriter(_row, new JsonWriterOptions { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            try
            {
                _reader = Guard(() =>
                {
                    ParquetFooter.Require(_file);
                    return ParquetReader.CreateAsync(_file).GetAwaiter().GetResult();
                });
            }
            catch
            {
                _file.Dispose();
                throw;
            }
        }

        public ParquetRows? OpenNextGroup() => _groups == _reader.RowGroupCount ? null : Guard(() =>
        {
            _file.Rearm();
            ParquetRowGroupReader group = _reader.OpenRowGroupReader(_groups++);
            RequireSensible(group);
            return ParquetRows.Read(group, _reader.Schema);
        });

        public RawRecord ReadRow(ParquetRows rows, RecordPlace place) => Guard(() =>
        {
            _row.ResetWrittenCount();
            _json.Reset();
            string? problem = rows.WriteRow(_json);
            _json.Flush();
            return problem is null ? new RawRecord(place, JsonElement.Parse(_row.WrittenSpan)) : RawRecord.Bad(place, problem);
        });

        public void Dispose()
        {
            _json.Dispose();
            _reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
            _file.Dispose();
        }

        private void RequireSensible(ParquetRowGroupReader group)
        {
            long values = group.RowGroup.Columns.Max(column => column.MetaData?.NumValues ?? 0);
            if (group.RowCount is < 0 or > MostInGroup || values is < 0 or > 4 * MostInGroup)
                throw new DataException($"{_path}: row group {_groups} announces {group.RowCount} rows and {values} values in a column; at most {MostInGroup} rows can be read at once: write the file with smaller row groups, or it is damaged");
        }

        /// <summary>The library throws whatever damage leads to: index errors, overflows, null references.</summary>
        private T Guard<T>(Func<T> read)
        {
            try
            {
                return read();
            }
            catch (Exception cause) when (cause is not DataException)
            {
                throw new DataException($"{_path}: cannot be read as a Parquet file, or is damaged or cut off: {cause.Message.Split('\n')[0].TrimEnd('.', '\r')}", cause);
            }
        }
    }

    /// <summary>Parquet is read from its end: what is compressed by gzip as a whole goes through a file of its own.</summary>
    private static FileStream OpenSeekable(string path)
    {
        if (!DataFiles.IsGzip(path))
            return DataFiles.OpenPlain(path);
        FileStream copy = TemporaryFile.Create();
        try
        {
            using Stream gunzipped = DataFiles.Open(path);
            gunzipped.CopyTo(copy);
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }
}
