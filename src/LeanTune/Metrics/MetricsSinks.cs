namespace LeanTune.Metrics;

/// <summary>The forms of metrics that a recipe can ask for beside metrics.jsonl, by name.</summary>
public static class MetricsSinks
{
    /// <summary>A table: metrics.csv.</summary>
    public const string Csv = "csv";

    /// <summary>Event files below tensorboard/.</summary>
    public const string TensorBoard = "tensorboard";

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Csv, TensorBoard];

    /// <summary>Opens a run's metrics with what was asked for; .NET's meters and traces are always told.</summary>
    /// <param name="path">metrics.jsonl; the other forms stand beside it.</param>
    /// <param name="names">Of <see cref="Names"/>.</param>
    /// <exception cref="ArgumentException">A name is unknown.</exception>
    public static MetricsLog Open(string path, IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        List<IMetricsSink> sinks = [new Telemetry()];
        foreach (string name in names)
            sinks.Add(name switch
            {
                Csv => new CsvMetrics(Path.Combine(folder, "metrics.csv")),
                TensorBoard => new TensorBoardMetrics(Path.Combine(folder, "tensorboard")),
                _ => throw new ArgumentException($"'{name}' is no form of metrics: {string.Join(", ", Names)}.", nameof(names)),
            });
        return new MetricsLog(path, sinks);
    }
}
