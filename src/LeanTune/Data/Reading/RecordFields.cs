using LeanTune.Checkpoints;

namespace LeanTune.Data;

/// <summary>Knows which fields each format of JSONL has, decides on the format at the first record, and checks every record against it.</summary>
internal sealed class RecordFields(DataFormat format)
{
    private const int MostUnusedShown = 20;
    private static readonly string[] Pair = ["prompt", "completion"];
    private static readonly string[] Text = ["text"];
    private readonly bool _detected = format == DataFormat.Auto;
    private readonly List<string> _unused = [];
    private DataFormat _format = format;
    private int _decidedOnLine;

    /// <summary>The fields that any format reads.</summary>
    public static IReadOnlyCollection<string> All { get; } = [.. Pair, .. Text];

    /// <summary>Fields that records held and no one reads, the first few.</summary>
    public IReadOnlyList<string> Unused => _unused;

    /// <summary>Takes the texts out of a record.</summary>
    /// <returns>Null when the record is as it should be, else the problem.</returns>
    public string? Read(JsonRecord record, int line, out RecordText text)
    {
        text = default;
        if (Decide(record, line) is { } undecided)
            return undecided;
        string[] needed = _format == DataFormat.Text ? Text : Pair;
        foreach (string field in needed)
            if (Check(record, field, needed) is { } problem)
                return problem;

        foreach (string name in record.Names)
            if (!needed.Contains(name) && _unused.Count < MostUnusedShown && !_unused.Contains(name))
                _unused.Add(name);
        text = _format == DataFormat.Text
            ? new RecordText(null, record.Text("text")!, line)
            : new RecordText(record.Text("prompt"), record.Text("completion")!, line);
        return null;
    }

    private string? Decide(JsonRecord record, int line)
    {
        bool hasPair = Pair.Any(record.Has), hasText = Text.Any(record.Has);
        if (_detected && hasPair && hasText)
            return "holds 'text' beside 'prompt' or 'completion': expected one format a file; set the data format to say which is meant";
        if (_format != DataFormat.Auto)
            return null;
        if (!hasPair && !hasText)
            return $"expected the fields 'prompt' and 'completion', or 'text'; {Found(record, All)}";
        (_format, _decidedOnLine) = (hasText ? DataFormat.Text : DataFormat.PromptCompletion, line);
        return null;
    }

    private string? Check(JsonRecord record, string field, string[] needed)
    {
        if (!record.Has(field))
        {
            string because = _decidedOnLine > 0 && !needed.Any(record.Has) ? $" (the format of this file since line {_decidedOnLine})" : "";
            return $"field '{field}' is missing{because}; {Found(record, [field])}";
        }

        if (record.Text(field) is not { } value)
            return $"field '{field}' must be a string, but is {record.DescribeValue(field)}";
        return value.Length == 0 && field != "prompt" ? $"field '{field}' is empty: nothing to train on" : null;
    }

    private static string Found(JsonRecord record, IReadOnlyCollection<string> missing)
    {
        const int MostShown = 8;
        string[] names = [.. record.Names.Take(MostShown + 1)];
        if (names.Length == 0)
            return "found no field at all";
        return "found " + string.Join(", ", names.Take(MostShown).Select(name => JsonRecord.Quote(name) + Hint(name))) + (names.Length > MostShown ? ", …" : "");

        string Hint(string name) =>
            !All.Contains(name) && NearestName.Hint(name, missing) is { Length: > 0 } hint ? $" ({hint.TrimStart(',', ' ')})" : "";
    }
}
