using System.CommandLine;
using LeanTune.Cli.Report;
using LeanTune.Metrics;
using Spectre.Console;

namespace LeanTune.Cli.Commands;

/// <summary><c>leantune report RUN</c>: makes a page of a run folder, with its charts, at any time: also while the run goes on.</summary>
internal static class ReportCommand
{
    public static (Command Command, string Examples) Create(IAnsiConsole console)
    {
        Argument<string> path = PathArgument.Create("RUN", "The run folder: output of the recipe.");
        Option<string?> output = new("--output") { Description = "Write the page to this file instead of RUN/report/report.html; pictures go beside it.", HelpName = "FILE" };
        Command command = new("report", "Make a page of a run: curves, memory expected and measured, samples, recipe. Works on unfinished runs too.") { path, output };
        command.SetAction(parsed => Run(console.Profile.Out.Writer, parsed.GetRequiredValue(path), parsed.GetValue(output)));
        return (command, """
            leantune report runs/quickstart
            leantune report runs/quickstart --output quickstart.html
            """);
    }

    private static int Run(TextWriter output, string folder, string? file)
    {
        RunRecord run = RunFolders.Read(folder);
        RunFigures figures = new(run);
        IReadOnlyList<Chart> charts = RunCharts.Of(run, figures);
        string page = file ?? Path.Combine(folder, "report", "report.html");
        RunFolders.WritePage(page, RunPage.Of(run, figures, charts));
        string beside = Path.GetDirectoryName(Path.GetFullPath(page))!;
        string prefix = file is null ? "" : Path.GetFileNameWithoutExtension(file) + "-";
        foreach (Chart chart in charts) ChartDrawing.SavePng(chart, Path.Combine(beside, $"{prefix}{chart.Name}.png"));
        output.WriteLine($"{figures.Name}: {figures.State}");
        output.WriteLine($"Page: {page}");
        if (charts.Count > 0) output.WriteLine($"Pictures beside it: {string.Join(", ", charts.Select(chart => $"{prefix}{chart.Name}.png"))}");
        return ExitCode.Done;
    }
}
