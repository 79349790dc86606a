using LeanTune.Cli.Display;
using LeanTune.Data;
using LeanTune.Training;

namespace LeanTune.Cli.Commands.InspectData;

/// <summary>Shows inspected examples as text. Lines are written as they are, past the console, which would wrap them: the text of an example is exact.</summary>
internal static class DataText
{
    private const int BarWidth = 40, DroppedShown = 5;
    private const string Green = "\u001b[32;4m", Yellow = "\u001b[33m", Red = "\u001b[31m", Bold = "\u001b[1m", Plain = "\u001b[0m";

    /// <param name="output">Where the lines go.</param>
    /// <param name="data">What was found.</param>
    /// <param name="colour">Whether what is trained is told by colour; else by brackets.</param>
    public static void Write(TextWriter output, DataInspection data, bool colour)
    {
        WriteSet(output, "Training examples", data.Train, data.MaxLength, colour);
        AlignedLines.Write(output, [["batches", Batches(data.Batches)], .. data.Packed is { } packed ? [["packed", $"{Batches(packed)} (data.packing: true)"]] : Array.Empty<string[]>()], indent: "  ");
        output.WriteLine();
        if (data.Held is { } held)
            WriteSet(output, "Held-out examples", held, data.MaxLength, colour);
        if (data.Notices.Count + data.Findings.Count == 0)
            output.WriteLine("Nothing to warn of.");
        foreach (DataFinding finding in data.Findings)
            output.WriteLine($"{Coloured(finding.Stops ? "stops:  " : "warning:", finding.Stops ? Red : Yellow, colour)} {SafeText.Of(finding.Message)}");
        foreach (string notice in data.Notices)
            output.WriteLine($"note:    {SafeText.Of(notice)}");
        output.WriteLine();
        output.WriteLine(colour ? $"Trained tokens are {Coloured("green and underlined", Green, colour)}." : "Trained tokens stand in ⟦brackets⟧.");
        WriteExamples(output, "train", data.Train.Examples, colour);
        if (data.Held is not null)
            WriteExamples(output, "held out", data.Held.Examples, colour);
    }

    private static void WriteSet(TextWriter output, string title, SetInspection set, int maxLength, bool colour)
    {
        DatasetCounts counts = set.Counts;
        output.WriteLine(Coloured(title, Bold, colour));
        AlignedLines.Write(output,
        [
            ["examples", Units.Count(counts.Read - counts.Dropped)],
            ["cut", $"{Units.Count(counts.Truncated)} longer than {maxLength} tokens"],
            ["dropped", $"{Units.Count(counts.Dropped)} without a target within {maxLength} tokens{Places(set.Dropped)}"],
            ["tokens", Units.Count(counts.Tokens)],
            ["trained", $"{Units.Count(counts.SupervisedTokens)}, {Units.Percent(counts.SupervisedTokens / (double)Math.Max(1, counts.Tokens))}"],
            ["length", $"{set.LengthAt(0)} to {set.LengthAt(1)}; half at most {set.LengthAt(0.5)}, 90 % at most {set.LengthAt(0.9)}, 99 % at most {set.LengthAt(0.99)}"],
        ], indent: "  ");
        output.WriteLine();
        IReadOnlyList<LengthRange> ranges = LengthHistogram.Of(set.Lengths);
        int most = ranges.Max(range => range.Count);
        AlignedLines.Write(output,
            [.. ranges.Select(range => new[] { $"{range.From}", "-", $"{range.To}", Units.Count(range.Count), Bar(range.Count, most) + (range.From > maxLength ? " cut" : "") })],
            rightAligned: [0, 2, 3], indent: "  ");
        output.WriteLine();
    }

    private static string Batches(BatchInspection of) =>
        $"{Units.Count(of.Batches)} an epoch, {Units.Count(of.Rows)} rows: {Units.Count(of.PaddedTokens)} tokens computed, {Units.Percent(of.PaddingShare)} of them padding";

    private static string Places(IReadOnlyList<DroppedExample> dropped) => dropped.Count == 0 ? ""
        : $": {string.Join(", ", dropped.Take(DroppedShown).Select(example => SafeText.Line(example.Place.ToString(), 200)))}{(dropped.Count > DroppedShown ? ", ..." : "")}";

    // A bar that stands for anything is seen.
    private static string Bar(int count, int most) => new('█', count == 0 ? 0 : Math.Max(1, (int)Math.Round(BarWidth * (double)count / most)));

    /// <summary>Shows examples with what is trained of them.</summary>
    /// <param name="output">Where the lines go.</param>
    /// <param name="title">What they are.</param>
    /// <param name="examples">Those whose place is not known are named without it.</param>
    /// <param name="colour">Whether what is trained is told by colour; else by brackets.</param>
    public static void WriteExamples(TextWriter output, string title, IReadOnlyList<ShownExample> examples, bool colour)
    {
        foreach (ShownExample example in examples)
        {
            string cut = example.FullTokens > example.Tokens ? $", cut from {example.FullTokens}" : "";
            output.WriteLine();
            output.WriteLine(Coloured($"--- {title}{(example.Place.File.Length > 0 ? $", {SafeText.Line(example.Place.ToString(), 200)}" : "")}: {example.Tokens} tokens{cut}, {example.SupervisedTokens} trained", Bold, colour));
            output.WriteLine(string.Concat(example.Pieces.Select(piece => Piece(piece, colour))));
        }
    }

    private static string Piece(ShownPiece piece, bool colour)
    {
        string text = SafeText.Of(piece.Text);
        if (!piece.Trained)
            return text;
        // Line by line: an underline that goes on over the line's end is drawn to the edge by some terminals.
        return colour ? Green + text.Replace("\n", $"{Plain}\n{Green}", StringComparison.Ordinal) + Plain : $"⟦{text}⟧";
    }

    private static string Coloured(string text, string code, bool colour) => colour ? code + text + Plain : text;
}
