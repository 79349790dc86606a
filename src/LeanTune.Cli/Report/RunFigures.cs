using LeanTune.Metrics;

namespace LeanTune.Cli.Report;

/// <summary>The few numbers that stand for a run, for the head of a report and the table of a comparison; NaN or 0 where the run does not tell.</summary>
internal sealed class RunFigures
{
    /// <summary>Weight that the smoothed loss keeps of its past at each step: about twenty steps count.</summary>
    private const double Smoothing = 0.95;

    private readonly RunRecord _run;

    /// <summary>Sums a run up.</summary>
    public RunFigures(RunRecord run)
    {
        _run = run;
        SmoothedLoss = Smooth([.. run.Steps.Select(step => step.Loss)]);
        ProcessPeakBytes = run.MemoryParts.FirstOrDefault(part => part.Name == WholeProcess).MeasuredBytes;
    }

    /// <summary>The part of memory that is all of it.</summary>
    public const string WholeProcess = "whole process";

    /// <summary>The name of the folder.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(_run.Folder));

    /// <summary>Number of the last step.</summary>
    public int Steps => _run.Steps.Count == 0 ? 0 : _run.Steps[^1].Step;

    /// <summary>How far the run came, in words.</summary>
    public string State => (_run.TotalSteps, Steps) switch
    {
        (_, 0) => "no step yet",
        ({ } total, var steps) when steps >= total => $"finished: {Display.Units.Count(steps)} {(steps == 1 ? "step" : "steps")}",
        ({ } total, var steps) => $"{Display.Units.Count(steps)} of {Display.Units.Count(total)} steps: interrupted, or still running",
        (null, var steps) => $"{Display.Units.Count(steps)} {(steps == 1 ? "step" : "steps")}",
    };

    /// <summary>Loss of each step as a moving average over about twenty.</summary>
    public IReadOnlyList<double> SmoothedLoss { get; }

    /// <summary>The last of them.</summary>
    public double FinalLoss => SmoothedLoss.Count == 0 ? double.NaN : SmoothedLoss[^1];

    /// <summary>Held-out loss before training, or at the first evaluation.</summary>
    public double FirstHeldOut => _run.Evaluations.Count == 0 ? double.NaN : _run.Evaluations[0]["loss"];

    /// <summary>Held-out loss at the last evaluation.</summary>
    public double LastHeldOut => _run.Evaluations.Count == 0 ? double.NaN : _run.Evaluations[^1]["loss"];

    /// <summary>The lowest held-out loss and its step.</summary>
    public (double Loss, int Step) BestHeldOut => _run.Evaluations.Count == 0 ? (double.NaN, 0) : _run.Evaluations.Select(one => (one["loss"], one.Step!.Value)).MinBy(one => one.Item1);

    /// <summary>Wall time of the steps.</summary>
    public double Seconds => _run.Steps.Where(step => double.IsFinite(step.Seconds)).Sum(step => step.Seconds);

    /// <summary>Most activation bytes that a step kept.</summary>
    public long KeptBytes => _run.Steps.Select(step => step.KeptBytes).DefaultIfEmpty().Max();

    /// <summary>Highest activation peak of a step.</summary>
    public long PeakBytes => _run.Steps.Select(step => step.PeakBytes).DefaultIfEmpty().Max();

    /// <summary>The whole process at its highest.</summary>
    public long ProcessPeakBytes { get; }

    /// <summary>Median over the steps of tokens a second.</summary>
    /// <param name="tokens">Which tokens count.</param>
    public double TokensPerSecond(Func<RecordedStep, long> tokens) => Median([.. Speeds(tokens)]);

    /// <summary>Tokens a second, step by step.</summary>
    public IEnumerable<double> Speeds(Func<RecordedStep, long> tokens) => _run.Steps.Where(step => step.Seconds > 0).Select(step => tokens(step) / step.Seconds);

    /// <summary>The middle of some values; NaN of none.</summary>
    public static double Median(double[] values)
    {
        if (values.Length == 0) return double.NaN;
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static double[] Smooth(double[] values)
    {
        double[] smooth = new double[values.Length];
        (double sum, double weight) = (0, 0);
        for (int i = 0; i < values.Length; i++)
        {
            if (double.IsFinite(values[i])) (sum, weight) = (sum * Smoothing + values[i], weight * Smoothing + 1);
            smooth[i] = sum / weight;
        }

        return smooth;
    }
}
