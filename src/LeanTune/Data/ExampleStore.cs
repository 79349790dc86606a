using System.Collections;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Gives access in any order to examples that stay on disk: 24 bytes of memory for each.</summary>
/// <remarks>
/// Records of plain JSONL and JSON files are read where they stand. What cannot be read at any place (gzip, CSV, Parquet, text) is written once, as JSON, to a temporary
/// file that vanishes with the store. Safe for use from several threads.
/// </remarks>
public sealed class ExampleStore : IReadOnlyList<Example>, IDisposable
{
    private readonly List<Entry> _entries = [];
    private readonly List<ulong> _hashes = [];
    private readonly List<StoredFile> _files = [];
    private readonly List<int> _firstOfSource = [];
    private readonly IReadOnlyList<DataSource> _sources;
    private FileStream? _spool;
    private long _spooled;

    private ExampleStore(IReadOnlyList<DataSource> sources) => _sources = sources;

    /// <inheritdoc/>
    public int Count => _entries.Count;

    /// <summary>Content hash of each example.</summary>
    public IReadOnlyList<ulong> Hashes => _hashes;

    /// <summary>Reads an example.</summary>
    /// <exception cref="DataException">The file was changed since it was opened.</exception>
    public Example this[int index]
    {
        get
        {
            Entry entry = _entries[index];
            StoredFile file = FileOf(index);
            var place = new RecordPlace(file.Path, entry.Number, file.IsRows);
            byte[] json = new byte[entry.Length];
            try
            {
                if (ReadAt(file.Bytes, json, entry.Offset))
                {
                    Example example = file.Format.Convert(new RecordView(JsonElement.Parse(json), file.Source.Columns), place, file.Source);
                    if (example.ContentHash() == _hashes[index])
                        return example;
                }
            }
            catch (Exception cause) when (cause is JsonException or RecordException or IOException)
            {
                throw new DataException($"{place}: the file was changed while it was in use: {cause.Message}", cause);
            }

            throw new DataException($"{place}: the file was changed while it was in use");
        }
    }

    /// <summary>Reads all sources once and remembers where their examples are.</summary>
    /// <param name="sources">At least one.</param>
    /// <param name="notice">As for <see cref="ExampleReader.Read"/>.</param>
    /// <returns>A store that the caller disposes.</returns>
    /// <exception cref="DataException">As for <see cref="ExampleReader.Read"/>; or a temporary file cannot be written.</exception>
    public static ExampleStore Open(IReadOnlyList<DataSource> sources, Action<string>? notice = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sources.Count);
        var store = new ExampleStore(sources);
        try
        {
            foreach (DataSource source in sources)
            {
                store._firstOfSource.Add(store.Count);
                foreach (ReadExample read in ExampleReader.ReadAll(source, notice))
                    store.Add(read, source);
            }

            store._spool?.Flush();
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>The examples as groups to draw from, one a source, with its weight.</summary>
    /// <param name="wanted">For each example whether it takes part; null takes all. See <see cref="HoldOut"/>.</param>
    public IReadOnlyList<WeightedGroup> Groups(IReadOnlyList<bool>? wanted = null) =>
    [
        .. _sources.Select((source, s) =>
        {
            int end = s + 1 < _firstOfSource.Count ? _firstOfSource[s + 1] : Count;
            return new WeightedGroup([.. Enumerable.Range(_firstOfSource[s], end - _firstOfSource[s]).Where(i => wanted?[i] ?? true)], source.Weight);
        }),
    ];

    /// <summary>SHA-256, in hexadecimal, of all content in order: lets a resumed run notice that its data changed.</summary>
    public string Fingerprint() => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_hashes))));

    /// <inheritdoc/>
    public IEnumerator<Example> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Closes the files and removes the temporary one.</summary>
    public void Dispose()
    {
        foreach (StoredFile file in _files)
            file.Bytes.Dispose();
        _spool?.Dispose();
    }

    private void Add(ReadExample read, DataSource source)
    {
        RecordPlace place = read.Raw.Place;
        if (_files is not [.., var last] || last.Path != place.File || !ReferenceEquals(last.Source, source))
        {
            bool canStay = read.Raw.Offset >= 0 && !DataFiles.IsGzip(place.File);
            _files.Add(new StoredFile(Count, place.File, place.IsRow, read.Format, source, canStay ? DataFiles.OpenPlain(place.File) : Spool()));
        }

        bool inPlace = _files[^1].Bytes != _spool;
        _entries.Add(inPlace ? new Entry(read.Raw.Offset, read.Raw.Length, place.Number) : Write(read.Raw.Fields, place.Number));
        _hashes.Add(read.Example.ContentHash());
    }

    private static bool ReadAt(FileStream file, Span<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(file.SafeFileHandle, bytes, offset);
            if (read == 0)
                return false;
            bytes = bytes[read..];
            offset += read;
        }

        return true;
    }

    private FileStream Spool() => _spool ??= TemporaryFile.Create();

    private Entry Write(JsonElement record, int number)
    {
        ReadOnlySpan<byte> json = JsonMarshal.GetRawUtf8Value(record);
        try
        {
            _spool!.Write(json);
        }
        catch (IOException cause)
        {
            throw new DataException($"{Path.GetTempPath()}: records need a temporary file, which cannot be written: {cause.Message}", cause);
        }

        var entry = new Entry(_spooled, json.Length, number);
        _spooled += json.Length;
        return entry;
    }

    private StoredFile FileOf(int index)
    {
        int low = 0, high = _files.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_files[middle].First <= index)
                low = middle;
            else
                high = middle - 1;
        }

        return _files[low];
    }

    /// <summary>Where the JSON of a record stands, and its line or row.</summary>
    private readonly record struct Entry(long Offset, int Length, int Number);

    /// <summary>The file, or the temporary one in its stead, that holds the records from one index on.</summary>
    private sealed record StoredFile(int First, string Path, bool IsRows, RecordFormat Format, DataSource Source, FileStream Bytes);
}
