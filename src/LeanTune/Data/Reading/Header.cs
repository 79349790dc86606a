namespace LeanTune.Data;

/// <summary>Checks the names that the first row of a table gives its columns.</summary>
internal static class Header
{
    /// <returns>The names; a column without one, as an index column has, is called by its number.</returns>
    /// <exception cref="DataException">A name occurs twice.</exception>
    public static IReadOnlyList<string> Check(RecordPlace place, IReadOnlyList<string> cells)
    {
        string[] names = [.. cells.Select((cell, i) => cell.Length > 0 ? cell : $"column {i + 1}")];
        string? twice = names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null
            ? names
            : throw new DataException($"{place}: the column {JsonRecords.Quote(twice)} occurs twice in the header; where the first row is no header, name the columns (fields)");
    }

    /// <summary>Whether a first row only says the names that were given anyway.</summary>
    public static bool Repeats(IReadOnlyList<string> names, IReadOnlyList<string> cells) => names.SequenceEqual(cells, StringComparer.OrdinalIgnoreCase);
}
