using System.CommandLine;
using LeanTune.Cli.Commands.Compare;
using LeanTune.Cli.Display;
using Spectre.Console;

namespace LeanTune.Cli.Commands;

/// <summary><c>leantune compare RUN RUN…</c>: puts runs side by side and says which differences are more than chance.</summary>
internal static class CompareCommand
{
    /// <summary>More curves in one chart cannot be told apart.</summary>
    private const int MostRuns = 8;

    public static (Command Command, string Examples) Create(IAnsiConsole console)
    {
        Argument<string[]> paths = new("RUN") { Description = "Two run folders or more; the others are compared with the first.", Arity = ArgumentArity.OneOrMore };
        Option<string?> output = new("--output") { Description = "Also write a page with the runs' curves to this file.", HelpName = "FILE" };
        Command command = new("compare", "Compare runs: losses, speed, memory, recipes, and which differences are more than chance.") { paths, output };
        command.SetAction(parsed => Run(console.Profile.Out.Writer, parsed.GetRequiredValue(paths), parsed.GetValue(output)));
        return (command, """
            leantune compare runs/rank-8 runs/rank-16
            leantune compare runs/rank-8 runs/rank-16 --output ranks.html
            """);
    }

    private static int Run(TextWriter output, string[] folders, string? file)
    {
        if (folders.Length is < 2 or > MostRuns)
            throw new UsageException($"leantune: compare: expected 2 to {MostRuns} run folders; found {folders.Length}.");
        IReadOnlyList<ComparedRun> runs = ComparedRun.Read(folders);
        if (runs.GroupBy(run => run.Run.Folder).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new UsageException($"leantune: compare: '{twice.First().Name}' stands there twice.");
        Write(output, runs);
        if (file is null) return ExitCode.Done;
        RunFolders.WritePage(file, ComparePage.Of(runs));
        output.WriteLine();
        output.WriteLine($"Page: {file}");
        return ExitCode.Done;
    }

    private static void Write(TextWriter output, IReadOnlyList<ComparedRun> runs)
    {
        List<string[]> table = [["", .. runs.Select(run => SafeText.Line(run.Name, 40))], .. ComparedRun.Rows.Select(row => (string[])[row.Row, .. runs.Select(row.Cell)])];
        AlignedLines.Write(output, table, rightAligned: [.. Enumerable.Range(1, runs.Count)]);
        foreach (ComparedRun other in runs.Skip(1))
        {
            output.WriteLine();
            output.WriteLine($"{SafeText.Line(other.Name, 60)}, against {SafeText.Line(runs[0].Name, 60)}:");
            AlignedLines.Write(output, [.. RunComparison.Of(runs[0].Run, other.Run).Select(verdict => (string[])[verdict.Measure, verdict.OutcomeText, verdict.Difference, verdict.How])], indent: "  ");
        }

        output.WriteLine();
        IReadOnlyList<(string Key, IReadOnlyList<string> Values)> differences = RecipeDifferences.Of([.. runs.Select(run => run.Run)]);
        output.WriteLine(differences.Count == 0 ? ComparePage.RecipeNote(runs) : "The recipes differ in:");
        AlignedLines.Write(output, [.. differences.Select(entry => (string[])[SafeText.Line(entry.Key, 60), .. entry.Values.Select(value => SafeText.Line(value, 60))])], indent: "  ");
    }
}
