using TorchSharp;
using TorchSharp.Modules;

namespace LeanTune.Metrics;

/// <summary>Steps and evaluations as scalars of TensorBoard: <c>train/loss</c>, <c>evaluation/loss</c> and so on, by the names of metrics.jsonl.</summary>
/// <remarks>
/// Scalars of TensorBoard are 32-bit floats. When a run is resumed its event file is written anew from metrics.jsonl, with the times that are recorded there:
/// what was recorded after the checkpoint, and is recorded again, does not stand there twice.
/// </remarks>
public sealed class TensorBoardMetrics : IMetricsSink
{
    private const string EventFiles = "events.out.tfevents.*";

    private readonly string _folder;
    private SummaryWriter? _writer;

    /// <summary>Writes into a folder, which is made when there is something to write.</summary>
    /// <param name="folder">For TensorBoard's <c>--logdir</c>, or below it. Event files in it are this run's.</param>
    public TensorBoardMetrics(string folder) => _folder = folder;

    /// <inheritdoc/>
    public bool Listens => true;

    /// <inheritdoc/>
    public void Restart(IEnumerable<MetricsRecord> recorded)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        _writer = null;
        if (Directory.Exists(_folder))
            foreach (string file in Directory.GetFiles(_folder, EventFiles)) File.Delete(file);
        foreach (MetricsRecord record in recorded) Write(record);
    }

    /// <inheritdoc/>
    public void Write(MetricsRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        string? group = record.Event switch { MetricsRecord.StepEvent => "train", MetricsRecord.EvaluationEvent => "evaluation", _ => null };
        if (group is null || record.Step is not { } step) return;
        _writer ??= torch.utils.tensorboard.SummaryWriter(_folder);
        long? time = record.Time is { } seconds ? (long)seconds : null;
        foreach (MetricsNumber number in record.Numbers) _writer.add_scalar($"{group}/{number.Name}", (float)number.Value, step, time);
    }

    /// <summary>Nothing is held open: each scalar is in the file when it is written.</summary>
    public void Dispose()
    {
    }
}
