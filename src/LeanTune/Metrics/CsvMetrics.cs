using System.Globalization;
using System.Text;

namespace LeanTune.Metrics;

/// <summary>Steps and evaluations as a table: one row a step, what an evaluation measured beside it, empty cells elsewhere.</summary>
/// <remarks>Numbers are copied digit by digit from metrics.jsonl. A number that was never met before becomes a column, for which the file is written anew.</remarks>
public sealed class CsvMetrics : IMetricsSink
{
    private const string StepColumn = "step", EvaluationPrefix = "evaluation_";

    private readonly FileStream _stream;
    private readonly List<string> _columns = [StepColumn];
    private Dictionary<string, string> _row = [];
    private int? _rowStep;
    private long _rowStart;

    /// <summary>Opens a table; what it held goes with the first <see cref="Restart"/>.</summary>
    /// <param name="path">The file: made when it does not exist.</param>
    public CsvMetrics(string path) => _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);

    /// <inheritdoc/>
    public bool Listens => true;

    /// <inheritdoc/>
    public void Restart(IEnumerable<MetricsRecord> recorded)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        _columns.Clear();
        _columns.Add(StepColumn);
        (_row, _rowStep) = ([], null);
        _stream.SetLength(0);
        foreach (MetricsRecord record in recorded) Write(record);
    }

    /// <inheritdoc/>
    public void Write(MetricsRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        bool evaluation = record.Event == MetricsRecord.EvaluationEvent;
        if (record.Step is not { } step || !(evaluation || record.Event == MetricsRecord.StepEvent)) return;
        if (step != _rowStep)
        {
            (_row, _rowStep, _rowStart) = ([], step, _stream.Length);
            _row[StepColumn] = step.ToString(CultureInfo.InvariantCulture);
        }

        foreach (MetricsNumber number in record.Numbers) _row[evaluation ? EvaluationPrefix + number.Name : number.Name] = number.Text;
        string[] unknown = [.. _row.Keys.Except(_columns)];
        if (unknown.Length > 0) Widen(unknown);
        // An evaluation belongs to the row of its step, which is the last one: it is written again.
        _stream.SetLength(_rowStart);
        Append(Line(_columns.Select(column => _row.GetValueOrDefault(column, ""))));
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>Adds columns, those of steps before those of evaluations, and writes the rows before the present one again.</summary>
    private void Widen(string[] names)
    {
        byte[] text = new byte[_rowStep is null ? 0 : _rowStart];
        _stream.Seek(0, SeekOrigin.Begin);
        _stream.ReadExactly(text);
        string[] before = [.. _columns];
        string[][] rows = [.. Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(','))];
        int firstEvaluation = _columns.FindIndex(column => column.StartsWith(EvaluationPrefix, StringComparison.Ordinal));
        _columns.InsertRange(firstEvaluation < 0 ? _columns.Count : firstEvaluation, names.Where(name => !name.StartsWith(EvaluationPrefix, StringComparison.Ordinal)));
        _columns.AddRange(names.Where(name => name.StartsWith(EvaluationPrefix, StringComparison.Ordinal)));
        int[] from = [.. _columns.Select(column => Array.IndexOf(before, column))];
        StringBuilder anew = new(Line(_columns));
        foreach (string[] row in rows) anew.Append(Line(from.Select(index => index < 0 ? "" : row[index])));
        _stream.SetLength(0);
        Append(anew.ToString());
        _rowStart = _stream.Length;
    }

    private static string Line(IEnumerable<string> cells) => string.Join(',', cells) + '\n';

    private void Append(string text)
    {
        _stream.Seek(0, SeekOrigin.End);
        _stream.Write(Encoding.UTF8.GetBytes(text));
    }
}
