using System.Globalization;
using LeanTune.Cli.Display;
using LeanTune.Planning;
using LeanTune.Training;

namespace LeanTune.Cli.Commands.Memory;

/// <summary>Memory of a process as people compare it with their machine: in MiB and GiB, as budgets are written.</summary>
internal static class MemoryText
{
    /// <summary>Three significant digits in KiB, MiB or GiB.</summary>
    public static string Bytes(long bytes)
    {
        (double number, string unit) = bytes switch
        {
            < 1 << 20 => (bytes / 1024.0, "KiB"),
            < 1000L << 20 => (bytes / 1048576.0, "MiB"),
            _ => (bytes / 1073741824.0, "GiB"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{(number < 9.995 ? $"{number:0.00}" : number < 99.95 ? $"{number:0.0}" : $"{number:0}")} {unit}");
    }

    /// <summary>A table of parts, one column an estimate; the last lines are the sums at least, as expected, and at most.</summary>
    public static void WriteParts(TextWriter output, IReadOnlyList<(string Name, ProcessEstimate Estimate)> estimates)
    {
        List<string[]> rows = [["", .. estimates.Select(each => each.Name)]];
        foreach (string part in estimates.SelectMany(each => each.Estimate.Parts.Select(part => part.Name)).Distinct())
        {
            long[] bytes = [.. estimates.Select(each => each.Estimate.Parts.FirstOrDefault(other => other.Name == part)?.Expected ?? 0)];
            if (bytes.Any(count => count > 0)) rows.Add([part, .. bytes.Select(count => count == 0 ? "-" : Bytes(count))]);
        }

        rows.Add(["at least", .. estimates.Select(each => Bytes(each.Estimate.Low))]);
        rows.Add(["expected", .. estimates.Select(each => Bytes(each.Estimate.Expected))]);
        rows.Add(["at most", .. estimates.Select(each => Bytes(each.Estimate.High))]);
        AlignedLines.Write(output, rows, rightAligned: [.. Enumerable.Range(1, estimates.Count)]);
    }

    /// <summary>Changes that would make a run fit.</summary>
    public static void WriteWaysOut(TextWriter output, IReadOnlyList<WayOut> ways)
    {
        if (ways.Count == 0) return;
        output.WriteLine("What would help:");
        AlignedLines.Write(output, [.. ways.Select(way => new[] { way.Change, $"{Bytes(way.Memory.High)} at most", way.Cost })], indent: "  ");
    }
}
