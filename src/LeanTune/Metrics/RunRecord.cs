using System.Text.Json;

namespace LeanTune.Metrics;

/// <summary>What a run folder tells about its run: the way back from files to numbers, for reports and comparisons.</summary>
/// <remarks>
/// A run may be unfinished, interrupted, or still going on, and it may have been recorded by a newer version: what is missing is left out,
/// and what is not understood is counted. Reading takes no lock and changes nothing.
/// </remarks>
public sealed class RunRecord
{
    private static readonly string[] s_known = [MetricsRecord.StepEvent, MetricsRecord.EvaluationEvent, "run", "sample", "memory", "memory_tried", "memory_measured", "activations", "notice"];

    private RunRecord(string folder, IReadOnlyList<MetricsRecord> records, int brokenLines)
    {
        (Folder, Records, BrokenLines) = (folder, records, brokenLines);
        List<RecordedStep> steps = [];
        foreach (MetricsRecord record in Of(MetricsRecord.StepEvent).Where(record => record.Step is not null))
        {
            // Recorded again after a crash: the later record counts.
            while (steps.Count > 0 && steps[^1].Step >= record.Step) steps.RemoveAt(steps.Count - 1);
            steps.Add(new RecordedStep(record));
        }

        Steps = steps;
        Evaluations = [.. Of(MetricsRecord.EvaluationEvent).Where(record => record.Step is not null && double.IsFinite(record["loss"])).GroupBy(record => record.Step).Select(same => same.Last()).OrderBy(record => record.Step)];
        Samples = [.. Of("sample").Where(record => record.Text("text") is not null)];
        Notices = [.. Of("notice").Select(record => record.Text("message")).OfType<string>()];
        Run = Of("run").LastOrDefault();
        UnknownEvents = [.. records.Where(record => !s_known.Contains(record.Event)).GroupBy(record => record.Event).Select(same => (same.Key, same.Count()))];
    }

    /// <summary>The folder, as a full path.</summary>
    public string Folder { get; }

    /// <summary>Everything in metrics.jsonl that could be read, in order.</summary>
    public IReadOnlyList<MetricsRecord> Records { get; }

    /// <summary>Lines of metrics.jsonl that could not: usually the last one, which a process that was killed left half written.</summary>
    public int BrokenLines { get; }

    /// <summary>Events that this version does not know, with their number.</summary>
    public IReadOnlyList<(string Event, int Count)> UnknownEvents { get; }

    /// <summary>Optimizer steps, by number.</summary>
    public IReadOnlyList<RecordedStep> Steps { get; }

    /// <summary>Evaluations on held-out examples, by step.</summary>
    public IReadOnlyList<MetricsRecord> Evaluations { get; }

    /// <summary>Texts that were generated, in order.</summary>
    public IReadOnlyList<MetricsRecord> Samples { get; }

    /// <summary>What the user was told meanwhile, where it is recorded.</summary>
    public IReadOnlyList<string> Notices { get; }

    /// <summary>How the run was set up; null where an older version did not record it, or the run did not come so far.</summary>
    public MetricsRecord? Run { get; }

    /// <summary>Steps that the run was to take; null where that is not known.</summary>
    public int? TotalSteps => Run?["total_steps"] is { } total && double.IsFinite(total) ? (int)total : null;

    /// <summary>recipe.yaml; null when there is none.</summary>
    public string? Recipe { get; private init; }

    /// <summary>environment.json: names and values, in its order.</summary>
    public IReadOnlyList<(string Name, string Value)> Environment { get; private init; } = [];

    /// <summary>Mode and codec of each block, from plan.json.</summary>
    public IReadOnlyList<string> BlockPlans { get; private init; } = [];

    /// <summary>What each block of the longest batch kept between forward and backward, in bytes, by block; empty where it was not recorded.</summary>
    public IReadOnlyList<long> KeptBytesByBlock => Last("activations") is { } kept && kept.Json.TryGetProperty("blocks", out JsonElement blocks) && blocks.ValueKind == JsonValueKind.Array
        ? [.. blocks.EnumerateArray().Select(block => block.TryGetProperty("kept_bytes", out JsonElement kinds) && kinds.ValueKind == JsonValueKind.Object ? kinds.EnumerateObject().Sum(kind => Bytes(kind.Value)) : 0)]
        : [];

    /// <summary>
    /// How much of each activation of the longest batch the backward pass gets back, in forward order: block, role, directions kept (null for a form without) and lost share of its energy
    /// (NaN where that was no number); empty where all are kept as they are.
    /// </summary>
    public IReadOnlyList<(int Block, string Role, int? Rank, double LostEnergy)> Fidelity =>
    [
        .. Rows(Last("activations"), "fidelity").Select(saved => (
            double.IsFinite(Number(saved, "block")) ? (int)Number(saved, "block") : 0, saved.TryGetProperty("role", out JsonElement role) && role.ValueKind == JsonValueKind.String ? role.GetString()! : "",
            Number(saved, "rank") is var rank && double.IsFinite(rank) ? (int?)rank : null, Number(saved, "lost_energy"))),
    ];

    /// <summary>Memory by part as expected and as measured: at the end of the run, or before its first step where it has not ended.</summary>
    public IReadOnlyList<(string Name, long ExpectedBytes, long MeasuredBytes)> MemoryParts => [.. Rows(Last("memory_measured") ?? Last("memory_tried"), "parts").Select(part => (Name(part), Bytes(part, "expected_bytes"), Bytes(part, "measured_bytes")))];

    /// <summary>What the whole process was allowed; null where nothing was asked for.</summary>
    public long? BudgetBytes => (Last("memory_measured") ?? Last("memory_tried"))?["budget_bytes"] is { } budget && double.IsFinite(budget) ? (long)budget : null;

    /// <summary>Activation memory of one step in several ways to run it, as name, kept and peak bytes; empty where the run did not compare.</summary>
    public IReadOnlyList<(string Name, long KeptBytes, long PeakBytes)> MemoryWays => [.. Rows(Last("memory"), "rows").Select(row => (Name(row), Bytes(row, "kept_bytes"), Bytes(row, "peak_bytes")))];

    /// <summary>Reads a run folder.</summary>
    /// <param name="folder">As <c>output</c> of the recipe named it.</param>
    /// <exception cref="DirectoryNotFoundException">It is no run folder; the message says what there is instead.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static RunRecord Read(string folder)
    {
        string full = Path.GetFullPath(folder);
        RunFolderSearch.RequireRun(folder, full);
        string metrics = Path.Combine(full, RunFolderSearch.MetricsName);
        (List<MetricsRecord> records, int broken) = ([], 0);
        foreach (byte[] line in File.Exists(metrics) ? LinesOf(ReadShared(metrics)) : [])
        {
            if (MetricsRecord.Parse(line) is { } record) records.Add(record);
            else if (line.Length > 0) broken++;
        }

        string recipe = Path.Combine(full, RunFolderSearch.RecipeName);
        return new RunRecord(full, records, broken)
        {
            Recipe = File.Exists(recipe) ? File.ReadAllText(recipe) : null,
            Environment = Members(Path.Combine(full, RunFolderSearch.EnvironmentName)),
            BlockPlans = Plans(Path.Combine(full, RunFolderSearch.PlanName)),
        };
    }

    private IEnumerable<MetricsRecord> Of(string happened) => Records.Where(record => record.Event == happened);

    private MetricsRecord? Last(string happened) => Of(happened).LastOrDefault();

    private static IEnumerable<JsonElement> Rows(MetricsRecord? record, string name) =>
        record is not null && record.Json.TryGetProperty(name, out JsonElement rows) && rows.ValueKind == JsonValueKind.Array ? rows.EnumerateArray().Where(row => row.ValueKind == JsonValueKind.Object) : [];

    private static string Name(JsonElement row) => row.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String ? name.GetString()! : "?";

    private static double Number(JsonElement row, string name) => row.TryGetProperty(name, out JsonElement number) && number.ValueKind == JsonValueKind.Number ? number.GetDouble() : double.NaN;

    private static long Bytes(JsonElement row, string name) => row.TryGetProperty(name, out JsonElement bytes) ? Bytes(bytes) : 0;

    private static long Bytes(JsonElement bytes) => bytes.ValueKind == JsonValueKind.Number && bytes.TryGetInt64(out long value) ? value : 0;

    /// <summary>The file as it is at this moment; its run may go on writing.</summary>
    private static byte[] ReadShared(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using MemoryStream all = new();
        stream.CopyTo(all);
        return all.ToArray();
    }

    private static IEnumerable<byte[]> LinesOf(byte[] text)
    {
        for (int start = 0; start < text.Length;)
        {
            int length = text.AsSpan(start).IndexOf((byte)'\n');
            int end = length < 0 ? text.Length : start + length;
            yield return text[start..end];
            start = end + 1;
        }
    }

    private static IReadOnlyList<(string, string)> Members(string path) =>
        TryParse(path) is { ValueKind: JsonValueKind.Object } json
            ? [.. json.EnumerateObject().Select(member => (member.Name, member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : member.Value.GetRawText()))]
            : [];

    private static IReadOnlyList<string> Plans(string path)
    {
        if (TryParse(path) is not { ValueKind: JsonValueKind.Object } json || !json.TryGetProperty("blocks", out JsonElement blocks) || blocks.ValueKind != JsonValueKind.Array) return [];
        string Part(JsonElement block, string name) => block.ValueKind == JsonValueKind.Object && block.TryGetProperty(name, out JsonElement part) && part.ValueKind == JsonValueKind.String ? part.GetString()! : "";
        return [.. blocks.EnumerateArray().Select(block => string.Join(", ", new[] { Part(block, "mode"), Part(block, "codec") }.Where(part => part.Length > 0)))];
    }

    private static JsonElement? TryParse(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(ReadShared(path));
            return json.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
