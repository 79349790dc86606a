namespace LeanTune.Data;

/// <summary>Streams the records of a JSONL file in order; lines that are no records are collected, and thrown as one error at the end.</summary>
internal sealed class JsonLinesReader(string path, DataFormat format, Action<string>? notice)
{
    /// <summary>Reads the file once.</summary>
    /// <exception cref="DataException">A line cannot be used, or there is no record; names the first five lines.</exception>
    public IEnumerable<RecordText> Read()
    {
        using var lines = new LineReader(path);
        var problems = new ProblemList(path);
        var fields = new RecordFields(format);
        int records = 0;
        while (TryReadRecord(lines, fields, out RecordText text, out string? problem))
        {
            records++;
            if (problem is not null)
                problems.Add(lines.Line, problem);
            else if (problems.Count == 0)
                yield return text;
        }

        problems.ThrowIfAny(records);
        if (records == 0)
            throw new DataException($"{path}: holds no records; expected one JSON object a line");
        if (fields.Unused.Count > 0)
            notice?.Invoke($"{path}: fields that are not used: {string.Join(", ", fields.Unused.Select(JsonRecord.Quote))}");
    }

    // Apart from the iterator, in which no span can live.
    private static bool TryReadRecord(LineReader lines, RecordFields fields, out RecordText text, out string? problem)
    {
        text = default;
        problem = null;
        while (lines.TryRead(out ReadOnlySpan<byte> line, out bool tooLong))
        {
            if (tooLong)
                problem = $"the line is longer than {LineReader.LongestLine >> 20} MiB; expected one JSON object a line";
            else if (line.Trim(" \t\r"u8).IsEmpty)
                continue;
            else if (JsonRecord.Parse(line, RecordFields.All, out string invalid) is not { } record)
                problem = invalid;
            else
                problem = fields.Read(record, lines.Line, out text);
            return true;
        }

        return false;
    }
}
