using System.Globalization;
using System.Text.Json;
using LeanTune.Metrics;

namespace LeanTune.Tests.Metrics;

/// <summary>Records as a run writes them, and a folder to write them to.</summary>
internal static class MetricsFile
{
    public static void Step(MetricsLog log, int step, double loss, double seconds = 0.5, long tokens = 100) => log.Append(json =>
    {
        json.WriteString("event", "step");
        json.WriteNumber("step", step);
        json.WriteNumber("loss", loss);
        json.WriteNumber("learning_rate", 1e-4);
        json.WriteNumber("supervised_tokens", tokens);
        json.WriteNumber("real_tokens", tokens + 10);
        json.WriteNumber("padded_tokens", tokens + 20);
        json.WriteNumber("seconds", seconds);
        json.WriteNumber("kept_bytes", 1000);
        json.WriteNumber("peak_bytes", 2000);
        json.WriteNumber("live_bytes", 3000);
    });

    public static void Evaluation(MetricsLog log, int step, double loss, double? accuracy = null) => log.Append(json =>
    {
        json.WriteString("event", "evaluation");
        json.WriteNumber("step", step);
        json.WriteNumber("loss", loss);
        json.WriteNumber("seconds", 2);
        if (accuracy is { } share) json.WriteNumber("accuracy", share);
    });

    public static void Sample(MetricsLog log, int step) => log.Append(json =>
    {
        json.WriteString("event", "sample");
        json.WriteNumber("step", step);
        json.WriteString("prompt", "a, \"b\"");
        json.WriteString("text", "c,\nd");
    });

    /// <summary>What the table should hold, read from the lines without any code of the library: digits by row and column.</summary>
    public static Dictionary<(string Step, string Column), string> Expected(string jsonl)
    {
        Dictionary<(string, string), string> cells = [];
        foreach (string line in File.ReadLines(jsonl))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            string kind = json.RootElement.GetProperty("event").GetString()!;
            if (kind is not ("step" or "evaluation")) continue;
            string step = json.RootElement.GetProperty("step").GetInt32().ToString(CultureInfo.InvariantCulture);
            foreach (JsonProperty member in json.RootElement.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.Number && member.Name is not ("step" or "time")))
                cells[(step, kind == "step" ? member.Name : "evaluation_" + member.Name)] = member.Value.GetRawText();
        }

        return cells;
    }

    /// <summary>What the table does hold.</summary>
    public static Dictionary<(string Step, string Column), string> Table(string csv)
    {
        string[][] rows = [.. File.ReadLines(csv).Select(line => line.Split(','))];
        rows.ShouldAllBe(row => row.Length == rows[0].Length);
        rows[0][0].ShouldBe("step");
        rows.Skip(1).Select(row => row[0]).ShouldBeUnique();
        return rows.Skip(1).SelectMany(row => rows[0].Zip(row).Skip(1).Where(cell => cell.Second.Length > 0).Select(cell => (row[0], cell)))
            .ToDictionary(entry => (entry.Item1, entry.cell.First), entry => entry.cell.Second);
    }
}
