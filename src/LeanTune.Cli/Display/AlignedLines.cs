namespace LeanTune.Cli.Display;

/// <summary>Rows of cells in aligned columns, as plain lines that neither wrap nor change when piped.</summary>
internal static class AlignedLines
{
    /// <summary>Writes one line a row; columns are two spaces apart.</summary>
    /// <param name="writer">Where the lines go.</param>
    /// <param name="rows">Cells; rows may differ in length.</param>
    /// <param name="rightAligned">Columns whose cells end at the same place.</param>
    /// <param name="indent">Before every line.</param>
    public static void Write(TextWriter writer, IReadOnlyList<string[]> rows, int[]? rightAligned = null, string indent = "")
    {
        int[] widths = [.. Enumerable.Range(0, rows.Count == 0 ? 0 : rows.Max(row => row.Length))
            .Select(column => rows.Max(row => column < row.Length ? row[column].Length : 0))];
        foreach (string[] row in rows)
        {
            IEnumerable<string> cells = row.Select((cell, column) =>
                rightAligned?.Contains(column) == true ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            writer.WriteLine((indent + string.Join("  ", cells)).TrimEnd());
        }
    }
}
