using System.Text;

namespace LeanTune.Data;

/// <summary>Collects what is wrong with the records of one file, so that one message shows the first few and counts the rest.</summary>
internal sealed class ProblemList(string path)
{
    private const int Shown = 5;
    private readonly List<string> _first = [];

    public int Count { get; private set; }

    public void Add(RecordPlace place, string problem)
    {
        Count++;
        if (_first.Count < Shown)
            _first.Add($"{place}: {problem}");
    }

    /// <exception cref="DataException">At least one problem was added.</exception>
    public void ThrowIfAny(int records)
    {
        if (Count == 1)
            throw new DataException(_first[0]);
        if (Count > 1)
            throw new DataException(Message($"{Count} of {records} records cannot be used"));
    }

    /// <summary>Joins what was found so far with what ends the file.</summary>
    /// <param name="end">Why the file cannot be read on.</param>
    public DataException With(DataException end) =>
        Count == 0 ? end : new DataException($"{end.Message}\n{Message($"before that {Count} records cannot be used")}", end);

    /// <summary>One notice about records that were left out, if any were.</summary>
    public void Tell(int records, Action<string>? notice)
    {
        if (Count > 0)
            notice?.Invoke(Message($"{Count} of {records} records cannot be used and were skipped"));
    }

    private string Message(string summary)
    {
        var message = new StringBuilder($"{path}: {summary}:");
        foreach (string problem in _first)
            message.Append("\n  ").Append(problem);
        if (Count > _first.Count)
            message.Append($"\n  … and {Count - _first.Count} more");
        return message.ToString();
    }
}
