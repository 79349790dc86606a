namespace LeanTune.Data;

/// <summary>Streams parallel text files: line i of each forms record i, as translations and commands are often kept.</summary>
internal static class ParallelLinesReader
{
    /// <param name="paths">The files, one a field. Errors point to the first.</param>
    /// <param name="names">Names of the fields.</param>
    /// <exception cref="DataException">The files have unequal numbers of lines.</exception>
    public static IEnumerable<RawRecord> Read(IReadOnlyList<string> paths, IReadOnlyList<string> names)
    {
        var files = new List<LineReader>();
        try
        {
            foreach (string path in paths)
                files.Add(new LineReader(path));
            using var rows = new RowWriter(names);
            while (TryReadRecord(files, paths, rows, out RawRecord? record))
                if (record is { } found)
                    yield return found;
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    private static bool TryReadRecord(List<LineReader> files, IReadOnlyList<string> paths, RowWriter rows, out RawRecord? record)
    {
        record = null;
        rows.Begin();
        bool blank = true;
        int ended = 0;
        string? problem = null;
        for (int f = 0; f < files.Count; f++)
        {
            if (!files[f].TryRead(out ReadOnlySpan<byte> line, out bool tooLong))
            {
                ended++;
                continue;
            }

            blank &= !tooLong && PlainText.IsBlank(line);
            problem ??= tooLong ? $"{paths[f]}: {LineReader.TooLong}" : ProblemOf(line, paths[f]);
            if (problem is null)
                rows.Add(f, line);
        }

        if (ended == files.Count)
            return false;
        if (ended > 0)
            throw new DataException($"{paths[0]}: expected as many lines as in the files beside it; " +
                string.Join(", ", paths.Select((path, f) => $"'{path}' has {(files[f].Line == files.Max(file => file.Line) ? "more than " : "")}{files.Min(file => file.Line)}")));
        var place = new RecordPlace(paths[0], files[0].Line);
        if (problem is not null)
            record = RawRecord.Bad(place, problem);
        else if (!blank)
            record = new RawRecord(place, rows.End());
        return true;
    }

    private static string? ProblemOf(ReadOnlySpan<byte> line, string path)
    {
        try
        {
            PlainText.Require(line, "of the line");
            return null;
        }
        catch (RecordException bad)
        {
            return $"{path}: {bad.Message}";
        }
    }
}
