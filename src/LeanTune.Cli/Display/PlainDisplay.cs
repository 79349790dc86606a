using LeanTune.Training;

namespace LeanTune.Cli.Display;

/// <summary>Shows a run as plain lines: for pipes, log files and terminals that cannot move the cursor.</summary>
internal sealed class PlainDisplay(TextWriter output, RunProgress progress) : IRunDisplay
{
    /// <summary>Quick steps share a line, so that a log stays readable.</summary>
    private const double SecondsBetweenLines = 2;

    private readonly Lock _gate = new();
    private double _lastLineAt = double.NegativeInfinity;

    /// <inheritdoc/>
    public RunFinished Show(Func<Action<TrainingEvent>, RunFinished> run) => run(Observe);

    /// <inheritdoc/>
    public void Say(string message)
    {
        lock (_gate)
        {
            output.WriteLine(SafeText.Of(message));
            output.Flush();
        }
    }

    private void Observe(TrainingEvent happened)
    {
        lock (_gate)
        {
            progress.Apply(happened);
            switch (happened)
            {
                case RunStarted started:
                    AlignedLines.Write(output, [.. EventText.Of(started).Select(row => row.Select(SafeText.Of).ToArray())]);
                    break;
                case MemoryPlanned planned:
                    AlignedLines.Write(output, EventText.Of(planned));
                    break;
                case MemoryMeasured measured:
                    foreach (string line in EventText.Of(measured)) output.WriteLine(line);
                    break;
                case StepCompleted step when IsDue(step):
                    _lastLineAt = progress.Seconds;
                    output.WriteLine(EventText.Of(step, progress));
                    break;
                case EvaluationCompleted evaluation:
                    output.WriteLine(EventText.Of(evaluation, progress));
                    break;
                case CheckpointSaved saved:
                    output.WriteLine($"step={saved.Step} checkpoint={saved.Folder}");
                    break;
                case Notice notice:
                    output.WriteLine($"note: {SafeText.Of(notice.Message)}");
                    break;
            }
            output.Flush();
        }
    }

    private bool IsDue(StepCompleted step) => step.Step == progress.Started?.TotalSteps || progress.Seconds - _lastLineAt >= SecondsBetweenLines;
}
