using LeanTune.Cli.Display;
using LeanTune.Cli.Report;
using LeanTune.Metrics;

namespace LeanTune.Cli.Commands.Compare;

/// <summary>One of the runs that are compared, with the name that tells it from the others.</summary>
internal sealed record ComparedRun(string Name, RunRecord Run, RunFigures Figures)
{
    /// <summary>Rows of the table: what is shown, and how it is said of a run.</summary>
    public static IReadOnlyList<(string Row, Func<ComparedRun, string> Cell)> Rows { get; } =
    [
        ("steps", run => run.Run.TotalSteps is { } total && total != run.Figures.Steps ? $"{Units.Count(run.Figures.Steps)} of {Units.Count(total)}" : Units.Count(run.Figures.Steps)),
        ("held-out loss, last", run => Figure.Loss(run.Figures.LastHeldOut)),
        ("held-out loss, best", run => Figure.Loss(run.Figures.BestHeldOut.Loss) + (run.Run.Evaluations.Count > 0 ? $" at {run.Figures.BestHeldOut.Step}" : "")),
        ("training loss, smoothed", run => Figure.Loss(run.Figures.FinalLoss)),
        ("real tokens/s, median", run => Figure.Count(run.Figures.TokensPerSecond(step => step.RealTokens))),
        ("tokens with a loss/s", run => Figure.Count(run.Figures.TokensPerSecond(step => step.SupervisedTokens))),
        ("activations kept", run => Figure.Bytes(run.Figures.KeptBytes)),
        ("activation peak", run => Figure.Bytes(run.Figures.PeakBytes)),
        ("whole process, peak", run => Figure.Bytes(run.Figures.ProcessPeakBytes)),
        ("time of the steps", run => run.Figures.Steps == 0 ? "–" : Units.Duration(run.Figures.Seconds)),
    ];

    /// <summary>Reads runs; those whose folders have the same name are told apart by their paths.</summary>
    public static IReadOnlyList<ComparedRun> Read(IReadOnlyList<string> folders)
    {
        List<(string Folder, RunRecord Run, RunFigures Figures)> runs = [.. folders.Select(RunFolders.Read).Zip(folders, (run, folder) => (folder, run, new RunFigures(run)))];
        return [.. runs.Select(one => new ComparedRun(runs.Count(other => other.Figures.Name == one.Figures.Name) > 1 ? one.Folder : one.Figures.Name, one.Run, one.Figures))];
    }
}
