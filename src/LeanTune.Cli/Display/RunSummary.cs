using System.Globalization;
using LeanTune.Training;
using Spectre.Console;

namespace LeanTune.Cli.Display;

/// <summary>Writes what a finished run achieved: losses and samples before and after, tokens, memory.</summary>
internal static class RunSummary
{
    private static readonly CultureInfo s_culture = CultureInfo.InvariantCulture;

    /// <summary>Writes everything that the run's events tell; what was not measured is left out.</summary>
    public static void Write(IAnsiConsole console, RunProgress progress)
    {
        console.WriteLine();
        WriteLosses(console, progress);
        WriteSamples(console, progress);
        WriteMemory(console, progress);
        WriteTokens(console, progress);
    }

    private static void WriteLosses(IAnsiConsole console, RunProgress progress)
    {
        EvaluationCompleted[] shown = [.. new[] { progress.FirstEvaluation, progress.LastEvaluation }.OfType<EvaluationCompleted>()];
        if (shown.Length == 0)
            return;
        Table table = new Table().Border(Border(console)).AddColumn("held-out examples");
        foreach (EvaluationCompleted evaluation in shown)
            table.AddColumn(Number(When(evaluation.Step, progress)));
        table.AddRow(["loss (nats a token)", .. shown.Select(evaluation => evaluation.Loss.ToString("0.0000", s_culture))]);
        table.AddRow(["perplexity", .. shown.Select(evaluation => evaluation.Perplexity.ToString("0.00", s_culture))]);
        foreach (string name in shown.SelectMany(evaluation => evaluation.Scores.Keys).Distinct())
            table.AddRow([Markup.Escape(name.Replace('_', ' ')), .. shown.Select(evaluation => evaluation.Scores.TryGetValue(name, out double score) ? score.ToString("0.0000", s_culture) : "")]);
        console.Write(table);
        WriteBest(console, progress);
    }

    private static void WriteBest(IAnsiConsole console, RunProgress progress)
    {
        if (progress.BestEvaluation is { } best && (progress.Evaluations > 1 || best.Step != (progress.LastEvaluation ?? progress.FirstEvaluation)?.Step))
            console.WriteLine(string.Create(s_culture, $"Lowest held-out loss: {best.Loss:0.0000} {When(best.Step, progress)}."));
    }

    private static void WriteSamples(IAnsiConsole console, RunProgress progress)
    {
        foreach (SampleGenerated sample in progress.FirstSamples.Concat(progress.LastSamples))
        {
            console.Write(new Text($"Sample {When(sample.Step, progress)}:\n", new Style(decoration: Decoration.Bold)));
            Paragraph text = new Paragraph(SafeText.Of(sample.Prompt), new Style(decoration: Decoration.Dim)).Append(sample.Text.Trim().Length > 0 ? SafeText.Of(sample.Text).TrimEnd() : " (the model ended the text at once)");
            console.Write(new Padder(text, new Padding(2, 0, 0, 0)));
            console.WriteLine();
        }
    }

    private static void WriteMemory(IAnsiConsole console, RunProgress progress)
    {
        if (progress.Memory is not { Rows: [{ } plain, ..] rows })
            return;
        Table table = new Table().Border(Border(console))
            .AddColumn("activation memory of a step").AddColumn(Number("kept")).AddColumn(Number("share")).AddColumn(Number("peak")).AddColumn(Number("share"));
        foreach (MemoryRow row in rows)
            table.AddRow(Markup.Escape(row.Name), Known(row.KeptBytes), Share(row.KeptBytes, plain.KeptBytes), Known(row.PeakBytes), Share(row.PeakBytes, plain.PeakBytes));
        console.Write(table);
        console.WriteLine("kept: held between forward and backward; peak: highest within the step, loss");
        console.WriteLine($"included; share: of {SafeText.Line(plain.Name, 40)}; 1 MB = 10^6 bytes.");
        console.WriteLine();
    }

    private static void WriteTokens(IAnsiConsole console, RunProgress progress)
    {
        if (progress.Steps == 0)
            return;
        string peak = progress.PeakBytes > 0 ? $", {Units.Bytes(progress.PeakBytes)} at peak" : "";
        console.WriteLine($"{Units.Count(progress.Steps)} steps in {Units.Duration(progress.Seconds)}; activations: {Units.Bytes(progress.KeptBytes)} kept at most{peak}.");
        console.WriteLine($"Tokens: {Rate(progress.SupervisedTokens, progress)} with a loss, {Rate(progress.RealTokens, progress)} real,");
        console.WriteLine($"{Rate(progress.PaddedTokens, progress)} with padding.");
    }

    private static string When(int step, RunProgress progress) =>
        step == 0 ? "before training" : step == progress.Started?.TotalSteps ? "after training" : $"after step {step}";

    private static string Rate(long tokens, RunProgress progress) => $"{Units.Count(tokens)} ({Units.Count(tokens / Math.Max(1e-9, progress.Seconds))}/s)";

    private static TableBorder Border(IAnsiConsole console) => console.Profile.Capabilities.Unicode ? TableBorder.Rounded : TableBorder.Ascii;

    private static TableColumn Number(string header) => new TableColumn(header).RightAligned().NoWrap();

    private static string Known(long bytes) => bytes > 0 ? Units.Bytes(bytes) : "unknown";

    private static string Share(long bytes, long ofBytes) => bytes > 0 && ofBytes > 0 ? Units.Percent((double)bytes / ofBytes) : "";
}
