namespace LeanTune.Data;

/// <summary>Reads one file: records, their format, and what is to be said of those that cannot be used.</summary>
internal sealed class FileReading : IDisposable
{
    private readonly string _path;
    private readonly DataSource _source;
    private readonly Action<string>? _notice;
    private readonly ProblemList _problems;
    private readonly FormatDetector _formats;
    private readonly IEnumerator<RawRecord> _records;

    public FileReading(string path, DataSource source, Action<string>? notice)
    {
        (_path, _source, _notice) = (path, source, notice);
        _problems = new ProblemList(path);
        _formats = new FormatDetector(source);
        _records = RecordReader.Read(path, source).GetEnumerator();
    }

    /// <summary>Records met, good and bad.</summary>
    public int Records { get; private set; }

    /// <summary>Moves to the next record that can be used; none follows one that cannot, unless those are to be skipped.</summary>
    /// <exception cref="DataException">At the end, records could not be used; or the file cannot be read on.</exception>
    public bool TryNext(out ReadExample example)
    {
        example = default;
        while (TryMove())
        {
            RawRecord raw = _records.Current;
            Records++;
            if (Convert(raw) is { } converted && (_problems.Count == 0 || _source.OnError == RecordErrors.Skip))
            {
                example = new ReadExample(raw, converted, _formats.Format!);
                return true;
            }
        }

        if (_source.OnError == RecordErrors.Stop || _problems.Count == Records)
            _problems.ThrowIfAny(Records);
        _problems.Tell(Records, _notice);
        if (_formats.Unused.Count > 0)
            _notice?.Invoke($"{_path}: fields that are not used: {string.Join(", ", _formats.Unused.Select(JsonRecords.Quote))}");
        return false;
    }

    public void Dispose() => _records.Dispose();

    private bool TryMove()
    {
        try
        {
            return _records.MoveNext();
        }
        catch (DataException end)
        {
            throw _problems.With(end);
        }
        catch (IOException cause)
        {
            throw _problems.With(new DataException($"{_path}: cannot be read on: {cause.Message}", cause));
        }
    }

    private Example? Convert(RawRecord raw)
    {
        string? problem = raw.Problem;
        try
        {
            if (problem is null)
                return _formats.Convert(raw);
        }
        catch (RecordException bad)
        {
            problem = bad.Message;
        }

        _problems.Add(raw.Place, problem);
        return null;
    }
}
