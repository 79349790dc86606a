using LeanTune.Cli.Report;
using LeanTune.Metrics;

namespace LeanTune.Cli.Commands.Compare;

/// <summary>Several runs side by side as a page: table, verdicts, recipes' differences, and their curves in the same charts.</summary>
internal static class ComparePage
{
    /// <summary>The page.</summary>
    public static string Of(IReadOnlyList<ComparedRun> runs)
    {
        HtmlPage page = new($"{runs.Count} runs compared");
        page.Table(["", .. runs.Select(run => run.Name)], ComparedRun.Rows.Select(row => (IReadOnlyList<HtmlCell>)[row.Row, .. runs.Select(run => (HtmlCell)row.Cell(run))]));
        foreach (ComparedRun other in runs.Skip(1))
        {
            page.Heading($"{other.Name}, against {runs[0].Name}");
            page.Table(["measure", "difference", "", "how"], RunComparison.Of(runs[0].Run, other.Run).Select(verdict => (IReadOnlyList<HtmlCell>)
                [new HtmlCell(verdict.Measure).Keep(), new HtmlCell(verdict.Difference).Keep(), new HtmlCell(verdict.OutcomeText, verdict.Outcome switch { Outcome.Better => "good", Outcome.Worse => "bad", _ => "soft" }).Keep(), new HtmlCell(verdict.How, "soft")]), texts: true);
        }

        page.Note("Differences beyond their 99 % margin, and beyond what a machine varies by, are called better or worse.");
        foreach (Chart chart in Charts(runs)) page.Add(chart);
        page.Heading("Recipes");
        IReadOnlyList<(string Key, IReadOnlyList<string> Values)> differences = RecipeDifferences.Of([.. runs.Select(run => run.Run)]);
        if (differences.Count == 0) page.Note(RecipeNote(runs));
        else page.Table(["key", .. runs.Select(run => run.Name)], differences.Select(entry => (IReadOnlyList<HtmlCell>)[entry.Key, .. entry.Values.Select(value => (HtmlCell)value)]), texts: true);
        return page.ToString();
    }

    /// <summary>Why there are no differences of recipes to show.</summary>
    public static string RecipeNote(IReadOnlyList<ComparedRun> runs) =>
        runs.All(run => RecipeDifferences.Values(run.Run.Recipe) is not null) ? "The recipes say the same, apart from the run folder." : "Not every run folder has a recipe.yaml that can be read.";

    private static IEnumerable<Chart> Charts(IReadOnlyList<ComparedRun> runs)
    {
        Chart[] all =
        [
            new("loss", "Training loss, smoothed", "nats a token", Each(runs, run => run.Run.Steps.Zip(run.Figures.SmoothedLoss, (step, loss) => ((double)step.Step, loss)))),
            new("held-out", "Held-out loss", "nats a token", Each(runs, run => run.Run.Evaluations.Select(one => ((double)one.Step!.Value, one["loss"])), SeriesStyle.Points)),
            new("speed", "Real tokens a second", "tokens / s", Each(runs, run => Steps(run, step => step.RealTokens / step.Seconds)), FromZero: true),
            new("peak", "Activation peak of each step", "MB", Each(runs, run => Steps(run, step => step.PeakBytes > 0 ? step.PeakBytes / 1e6 : double.NaN)), FromZero: true),
        ];
        return all.Where(chart => chart.Series.Any(series => series.Drawn.Count > 0));
    }

    private static IEnumerable<(double, double)> Steps(ComparedRun run, Func<RecordedStep, double> value) => run.Run.Steps.Select(step => ((double)step.Step, value(step)));

    private static IReadOnlyList<Series> Each(IReadOnlyList<ComparedRun> runs, Func<ComparedRun, IEnumerable<(double, double)>> points, SeriesStyle style = SeriesStyle.Line) =>
        [.. runs.Select((run, index) => new Series(run.Name, [.. points(run)], index, style))];
}
