using System.Text.Json;

namespace LeanTune.Metrics;

/// <summary>Records a run: every record is a line of metrics.jsonl, and from there goes to the other sinks.</summary>
/// <remarks>
/// The lines are what counts. Every other form is made from them, and made again when a resumed run cuts them back, so that none can say anything else.
/// Not for use from several threads at once.
/// </remarks>
public sealed class MetricsLog : IDisposable
{
    private readonly JsonLinesFile _lines;
    private readonly IReadOnlyList<IMetricsSink> _sinks;

    /// <summary>Opens a run's metrics.</summary>
    /// <param name="path">metrics.jsonl: made when it does not exist, continued when it does.</param>
    /// <param name="sinks">Told of every record; disposed with this.</param>
    public MetricsLog(string path, params IReadOnlyList<IMetricsSink> sinks)
    {
        _lines = new JsonLinesFile(path);
        _sinks = sinks;
    }

    /// <summary>Records something that happened now.</summary>
    /// <param name="write">Writes the members of its object, the first of which is <c>event</c>; the time is added.</param>
    public void Append(Action<Utf8JsonWriter> write)
    {
        ReadOnlyMemory<byte> line = _lines.Append(json =>
        {
            write(json);
            json.WriteNumber("time", Math.Round((DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds, 3));
        });
        if (!_sinks.Any(sink => sink.Listens) || MetricsRecord.Parse(line) is not { } record) return;
        foreach (IMetricsSink sink in _sinks)
            if (sink.Listens) sink.Write(record);
    }

    /// <summary>Removes the first record that is not wanted and all after it, here and from every sink that keeps them.</summary>
    /// <param name="wanted">Judges a record; null stands for a line that is none.</param>
    public void CutAt(Func<MetricsRecord?, bool> wanted)
    {
        _lines.CutAt(line => wanted(MetricsRecord.Parse(line)));
        foreach (IMetricsSink sink in _sinks) sink.Restart(_lines.Lines().Select(MetricsRecord.Parse).OfType<MetricsRecord>());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IMetricsSink sink in _sinks) sink.Dispose();
        _lines.Dispose();
    }
}
