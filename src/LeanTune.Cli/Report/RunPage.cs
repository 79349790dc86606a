using LeanTune.Cli.Display;
using LeanTune.Metrics;
using LeanTune.Training;

namespace LeanTune.Cli.Report;

/// <summary>The report of one run as a page.</summary>
internal static class RunPage
{
    /// <summary>Puts together all that the run folder tells.</summary>
    /// <param name="run">The run.</param>
    /// <param name="figures">Its figures.</param>
    /// <param name="charts">Its charts.</param>
    public static string Of(RunRecord run, RunFigures figures, IReadOnlyList<Chart> charts)
    {
        HtmlPage page = new($"Run {figures.Name}");
        page.Note(string.Join("; ", new[] { run.Run?.Text("model"), run.Run?.Text("device"), figures.State }.OfType<string>()));
        page.Tell([.. Warnings(run)]);
        page.Numbers(Numbers(run, figures));
        foreach (Chart chart in charts.TakeWhile(chart => chart.Name != "memory")) page.Add(chart);
        if (charts.Count == 0) page.Note("Nothing is recorded yet: no step, no evaluation.");
        foreach (Chart chart in charts.SkipWhile(chart => chart.Name != "memory")) page.Add(chart);
        AddMemory(page, run);
        AddPlan(page, run);
        AddSamples(page, run);
        if (run.Recipe is { } recipe)
        {
            page.Heading("Recipe");
            page.Folded("recipe.yaml: every key and its value", recipe);
        }

        if (run.Environment.Count > 0)
        {
            page.Heading("Environment");
            page.Table(["", ""], run.Environment.Select(pair => (IReadOnlyList<HtmlCell>)[pair.Name.Replace('_', ' '), pair.Value]), texts: true);
        }

        return page.ToString();
    }

    private static IEnumerable<string> Warnings(RunRecord run)
    {
        MeasuredPart[] deviating = [.. Parts(run).Where(part => Matters(part, run))];
        if (deviating.Length > 0)
            yield return $"Memory differs from what was expected by more than a tenth: {string.Join(", ", deviating.Select(part => part.Name))}. This is a bug: please report it, with plan.json, metrics.jsonl and environment.json of the run folder.";
        foreach (string notice in run.Notices) yield return notice;
        if (run.BrokenLines > 0) yield return $"{Counted(run.BrokenLines, "line")} of metrics.jsonl could not be read and {(run.BrokenLines == 1 ? "is" : "are")} left out.";
        if (run.UnknownEvents.Count > 0)
            yield return $"Left out, because this version does not know them: {string.Join(", ", run.UnknownEvents.Select(one => $"{Counted(one.Count, "record")} '{one.Event}'"))}.";
    }

    private static IEnumerable<(string, string)> Numbers(RunRecord run, RunFigures figures)
    {
        if (run.Evaluations.Count > 0)
        {
            yield return (run.Evaluations.Count > 1 ? $"{Figure.Loss(figures.FirstHeldOut)} → {Figure.Loss(figures.LastHeldOut)}" : Figure.Loss(figures.LastHeldOut), "held-out loss, nats a token");
            if (run.Evaluations.Count > 2) yield return (Figure.Loss(figures.BestHeldOut.Loss), $"best held-out loss, at step {Units.Count(figures.BestHeldOut.Step)}");
        }

        if (run.Steps.Count > 0)
        {
            yield return (Figure.Loss(figures.FinalLoss), "training loss at the end, smoothed");
            yield return (Figure.Count(figures.TokensPerSecond(step => step.RealTokens)), "real tokens a second, median");
            yield return (Figure.Count(figures.TokensPerSecond(step => step.SupervisedTokens)), "tokens with a loss a second, median");
            yield return (Units.Duration(figures.Seconds), $"for {Counted(run.Steps.Count, "step")}");
            yield return (Figure.Bytes(figures.KeptBytes), "activations kept, at most");
            yield return (Figure.Bytes(figures.PeakBytes), "activation peak of a step");
        }

        if (figures.ProcessPeakBytes > 0) yield return (Figure.Bytes(figures.ProcessPeakBytes), "whole process at its highest");
        if (run.Run is { } start && start["trainable_parameters"] is >= 0 and var trained)
            yield return (Units.ShortCount(trained), $"numbers trained, of {Units.ShortCount(start["parameters"])}");
    }

    private static void AddMemory(HtmlPage page, RunRecord run)
    {
        if (run.MemoryParts.Count > 0)
        {
            page.Heading("Memory, expected and measured");
            page.Table(["part", "expected", "measured", "difference", ""], Parts(run).Select(part => (IReadOnlyList<HtmlCell>)
            [
                part.Name, Figure.Bytes(part.ExpectedBytes), Figure.Bytes(part.MeasuredBytes),
                new HtmlCell(part.ExpectedBytes > 0 ? Figure.Change((double)part.MeasuredBytes / part.ExpectedBytes - 1) : "–", Matters(part, run) ? "bad" : null),
                Matters(part, run) ? new HtmlCell("a bug to report", "bad") : new HtmlCell(part.Deviates ? "not planned for: no budget was set" : "", "soft"),
            ]));
            page.Note($"{(run.BudgetBytes is { } budget ? $"The whole process was allowed {Units.Bytes(budget)}. " : "")}Kept and peak are of the longest batch, tried before the first step.");
        }

        if (run.MemoryWays is not [var plain, ..] ways) return;
        page.Heading("Activation memory of one step, in several ways");
        page.Table(["way", "kept", "share", "peak", "share"], ways.Select(way => (IReadOnlyList<HtmlCell>)
            [way.Name, Figure.Bytes(way.KeptBytes), Share(way.KeptBytes, plain.KeptBytes), Figure.Bytes(way.PeakBytes), Share(way.PeakBytes, plain.PeakBytes)]));
        page.Note($"Kept: held between forward and backward. Peak: highest within the step, loss included. Share: of {plain.Name}.");
    }

    private static void AddPlan(HtmlPage page, RunRecord run)
    {
        if (run.BlockPlans.Count == 0) return;
        page.Heading("How the blocks ran");
        List<IReadOnlyList<HtmlCell>> rows = [];
        for (int first = 0, end; first < run.BlockPlans.Count; first = end)
        {
            for (end = first + 1; end < run.BlockPlans.Count && run.BlockPlans[end] == run.BlockPlans[first];) end++;
            long kept = run.KeptBytesByBlock.Skip(first).Take(end - first).Sum();
            rows.Add([end - first == 1 ? $"{first + 1}" : $"{first + 1} to {end}", run.BlockPlans[first], Figure.Bytes(kept)]);
        }

        page.Table(["blocks", "mode and codec", "kept by the longest batch"], rows, texts: true);
    }

    private static void AddSamples(HtmlPage page, RunRecord run)
    {
        if (run.Samples.Count == 0) return;
        page.Heading("Samples");
        // Those of the first and the last step tell the most; what lies between is folded away with its like.
        foreach (MetricsRecord sample in run.Samples)
        {
            string when = sample.Step switch { null => "", 0 => "Before training", { } step when step == run.TotalSteps => "After training", { } step => $"After step {Units.Count(step)}" };
            if (sample.Step == run.Samples[0].Step || sample.Step == run.Samples[^1].Step)
            {
                page.Note(when);
                page.Verbatim(sample.Text("text")!, sample.Text("prompt") ?? "");
            }
            else
                page.Folded(when, (sample.Text("prompt") ?? "") + sample.Text("text"));
        }
    }

    private static IEnumerable<MeasuredPart> Parts(RunRecord run) => run.MemoryParts.Select(part => new MeasuredPart(part.Name, part.ExpectedBytes, part.MeasuredBytes));

    /// <summary>The process as a whole is only planned for where it has a budget: libtorch and .NET are known roughly.</summary>
    private static bool Matters(MeasuredPart part, RunRecord run) => part.Deviates && (part.Name != RunFigures.WholeProcess || run.BudgetBytes is not null);

    private static string Share(long bytes, long of) => bytes > 0 && of > 0 ? Units.Percent((double)bytes / of) : "";

    private static string Counted(int count, string what) => $"{Units.Count(count)} {what}{(count == 1 ? "" : "s")}";
}
