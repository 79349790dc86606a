using System.Text.RegularExpressions;
using LeanTune.Checkpoints;
using LeanTune.Cli.Display;

namespace LeanTune.Cli.Commands.Inspect;

/// <summary>Lists a checkpoint's tensors; those that differ in the layer's number only share a line.</summary>
internal static partial class TensorListing
{
    /// <summary>Prints the tensors and their totals.</summary>
    /// <param name="output">Where the lines go.</param>
    /// <param name="tensors">The checkpoint.</param>
    /// <param name="all">One line a tensor.</param>
    public static void Write(TextWriter output, ITensorSource tensors, bool all)
    {
        TensorInfo[] infos = [.. tensors.Names.Select(tensors.Info)];
        List<string[]> rows = [["tensor", "type", "shape", "bytes", "count"]];
        foreach (IGrouping<string, TensorInfo> group in infos.GroupBy(info => all ? info.Name : $"{Pattern(info.Name)} {info.StoredAs} {Shape(info)}"))
        {
            TensorInfo first = group.First();
            int count = group.Count();
            rows.Add([SafeText.Line(count == 1 ? first.Name : Pattern(first.Name), 100), first.StoredAs, Shape(first), Units.Bytes(group.Sum(info => info.Bytes)), $"{count}"]);
        }
        AlignedLines.Write(output, rows, rightAligned: [3, 4]);
        output.WriteLine();
        IEnumerable<string> types = infos.GroupBy(info => info.StoredAs).Select(group => $"{group.Key} {Units.Bytes(group.Sum(info => info.Bytes))}");
        output.WriteLine($"{Units.Count(infos.Length)} tensors, {Units.Count(infos.Sum(info => info.Count))} numbers, "
            + $"{Units.Bytes(infos.Sum(info => info.Bytes))} ({string.Join(", ", types)}; 1 MB = 10^6 bytes)");
    }

    private static string Pattern(string name) => LayerNumber().Replace(name, ".*.");

    private static string Shape(TensorInfo info) => info.Shape.Count == 0 ? "scalar" : string.Join("×", info.Shape);

    [GeneratedRegex(@"\.\d+\.")]
    private static partial Regex LayerNumber();
}
