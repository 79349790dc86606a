using System.Text.Json;

namespace LeanTune.Metrics;

/// <summary>One line of metrics.jsonl: what happened, at which step, and the numbers that belong to it. Every other form of the metrics is made from these.</summary>
public sealed class MetricsRecord
{
    /// <summary>The event of an optimizer step.</summary>
    public const string StepEvent = "step";

    /// <summary>The event of an evaluation on held-out examples.</summary>
    public const string EvaluationEvent = "evaluation";

    private const string EventName = "event", StepName = "step", TimeName = "time";

    private readonly Dictionary<string, double> _values = [];

    private MetricsRecord(JsonElement json, string name)
    {
        (Json, Event) = (json, name);
        if (json.TryGetProperty(StepName, out JsonElement step) && step.ValueKind == JsonValueKind.Number && step.TryGetInt32(out int number)) Step = number;
        if (json.TryGetProperty(TimeName, out JsonElement time) && time.ValueKind == JsonValueKind.Number) Time = time.GetDouble();
        List<MetricsNumber> numbers = [];
        foreach (JsonProperty member in json.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Number || member.Name is StepName or TimeName) continue;
            numbers.Add(new MetricsNumber(member.Name, member.Value.GetDouble(), member.Value.GetRawText()));
            _values[member.Name] = numbers[^1].Value;
        }

        Numbers = numbers;
    }

    /// <summary>What happened: <c>step</c>, <c>evaluation</c>, <c>sample</c>, …; docs/metrics.md lists them.</summary>
    public string Event { get; }

    /// <summary>Optimizer steps taken; null for what belongs to no step.</summary>
    public int? Step { get; }

    /// <summary>When it was recorded, in seconds since 1970 (UTC); null where that was not written down.</summary>
    public double? Time { get; }

    /// <summary>Its numbers, in the order of the line, without step and time.</summary>
    public IReadOnlyList<MetricsNumber> Numbers { get; }

    /// <summary>All of it.</summary>
    public JsonElement Json { get; }

    /// <summary>A number by name; NaN when there is none.</summary>
    public double this[string name] => _values.GetValueOrDefault(name, double.NaN);

    /// <summary>A text by name; null when there is none.</summary>
    public string? Text(string name) => Json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Reads one line; null when it is no JSON object that names its event.</summary>
    /// <param name="line">UTF-8, without the line's end.</param>
    public static MetricsRecord? Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement json = document.RootElement;
            return json.ValueKind == JsonValueKind.Object && json.TryGetProperty(EventName, out JsonElement name) && name.ValueKind == JsonValueKind.String
                ? new MetricsRecord(json.Clone(), name.GetString()!)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>One number of a record.</summary>
/// <param name="Name">As metrics.jsonl names it; docs/metrics.md says what it counts.</param>
/// <param name="Value">The number.</param>
/// <param name="Text">Its digits, exactly as they are in the file.</param>
public readonly record struct MetricsNumber(string Name, double Value, string Text);
