using LeanTune.Metrics;

namespace LeanTune.Cli.Report;

/// <summary>The charts of one run; those without a single value are left out.</summary>
internal static class RunCharts
{
    private static readonly string[] s_ownOfEvaluations = ["loss", "supervised_tokens", "seconds"];

    /// <summary>All that the run has numbers for.</summary>
    public static IReadOnlyList<Chart> Of(RunRecord run, RunFigures figures) => [.. All(run, figures).Where(chart => chart.Series.Any(series => series.Drawn.Count > 0))];

    private static IEnumerable<Chart> All(RunRecord run, RunFigures figures)
    {
        yield return new Chart("loss", "Loss", "nats a token",
        [
            new Series("training, each step", Points(run, step => step.Loss), 0, SeriesStyle.Faint),
            new Series("training, smoothed", [.. run.Steps.Zip(figures.SmoothedLoss, (step, loss) => ((double)step.Step, loss))], 0),
            new Series("held out", Points(run.Evaluations, "loss"), 1, SeriesStyle.Points),
        ]);
        foreach (string name in run.Evaluations.SelectMany(one => one.Numbers).Select(number => number.Name).Distinct().Where(name => !s_ownOfEvaluations.Contains(name)))
            yield return new Chart($"evaluation-{FileName(name)}", $"Held out: {name.Replace('_', ' ')}", name.Replace('_', ' '), [new Series(null, Points(run.Evaluations, name), 1, SeriesStyle.Points)]);
        yield return new Chart("learning-rate", "Learning rate", "rate", [new Series(null, Points(run, step => step.LearningRate), 2)], FromZero: true);
        yield return new Chart("gradient-norm", "Gradient norm, before clipping", "L2 norm", [new Series(null, Points(run, step => step.GradientNorm), 3)], FromZero: true);
        yield return new Chart("speed", "Tokens a second", "tokens / s",
        [
            new Series("with padding", Speeds(run, step => step.PaddedTokens), 7),
            new Series("real", Speeds(run, step => step.RealTokens), 0),
            new Series("with a loss", Speeds(run, step => step.SupervisedTokens), 2),
        ], FromZero: true);
        yield return new Chart("memory", "Memory of each step", "MB",
        [
            new Series("live after the step", Megabytes(run, step => step.LiveBytes), 4),
            new Series("activation peak", Megabytes(run, step => step.PeakBytes), 1),
            new Series("activations kept", Megabytes(run, step => step.KeptBytes), 0),
        ], FromZero: true);
        yield return new Chart("kept-by-block", "Kept between forward and backward, by block (longest batch)", "MB",
            [new Series(null, [.. run.KeptBytesByBlock.Select((bytes, block) => ((double)block + 1, bytes / 1e6))], 0, SeriesStyle.Bars)], "block", FromZero: true);
        yield return new Chart("rank-by-block", "Directions kept of each activation, by block (longest batch)", "directions", ByBlock(run, saved => saved.Rank ?? double.NaN), "block", FromZero: true);
        yield return new Chart("lost-energy-by-block", "What the backward pass does not get back of each activation, by block (longest batch)", "% of its energy", ByBlock(run, saved => 100 * saved.LostEnergy), "block", FromZero: true);
    }

    /// <summary>One series for each role that activations have; where a block keeps several of a role, their mean.</summary>
    private static IReadOnlyList<Series> ByBlock(RunRecord run, Func<(int Block, string Role, int? Rank, double LostEnergy), double> value) =>
    [
        .. run.Fidelity.GroupBy(saved => saved.Role).Select((role, i) => new Series(
            role.Key.Replace('_', ' '), [.. role.GroupBy(saved => saved.Block).Select(block => (block.Key + 1.0, block.Average(value)))], i, SeriesStyle.Points)),
    ];

    private static (double X, double Y)[] Points(RunRecord run, Func<RecordedStep, double> value) => [.. run.Steps.Select(step => ((double)step.Step, value(step)))];

    private static (double X, double Y)[] Points(IEnumerable<MetricsRecord> records, string name) => [.. records.Select(record => ((double)record.Step!.Value, record[name]))];

    private static (double X, double Y)[] Speeds(RunRecord run, Func<RecordedStep, long> tokens) =>
        [.. run.Steps.Where(step => step.Seconds > 0).Select(step => ((double)step.Step, tokens(step) / step.Seconds))];

    // 0 says that the system cannot tell.
    private static (double X, double Y)[] Megabytes(RunRecord run, Func<RecordedStep, long> bytes) => [.. run.Steps.Where(step => bytes(step) > 0).Select(step => ((double)step.Step, bytes(step) / 1e6))];

    private static string FileName(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
}
