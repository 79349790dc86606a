using System.Text;

namespace LeanTune.Data;

/// <summary>Collects what is wrong with the records of one file, so that one error shows the first few and counts the rest.</summary>
internal sealed class ProblemList(string path)
{
    private const int Shown = 5;
    private readonly List<string> _first = [];

    public int Count { get; private set; }

    public void Add(int line, string problem)
    {
        Count++;
        if (_first.Count < Shown)
            _first.Add($"{path}:{line}: {problem}");
    }

    /// <exception cref="DataException">At least one problem was added.</exception>
    public void ThrowIfAny(int records)
    {
        if (Count == 0)
            return;
        if (Count == 1)
            throw new DataException(_first[0]);

        var message = new StringBuilder($"{path}: {Count} of {records} records cannot be used:");
        foreach (string problem in _first)
            message.Append("\n  ").Append(problem);
        if (Count > _first.Count)
            message.Append($"\n  … and {Count - _first.Count} more");
        throw new DataException(message.ToString());
    }
}
