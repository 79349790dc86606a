using System.Text;
using System.Text.Json;
using LeanTune.Planning;
using LeanTune.Training;

namespace LeanTune.Cli.Commands.Memory;

/// <summary>Estimates and forecasts as JSON: bytes and seconds are plain numbers.</summary>
internal static class ForecastJson
{
    /// <summary>Writes a forecast.</summary>
    public static void Write(TextWriter output, TrainingForecast forecast) => Write(output, json =>
    {
        if (forecast.BudgetBytes is { } budget) json.WriteNumber("budget_bytes", budget);
        json.WriteNumber("free_bytes", forecast.FreeBytes);
        json.WriteNumber("batch", forecast.Work.Batch);
        json.WriteNumber("tokens", forecast.Work.Tokens);
        if (forecast.Chosen is { } chosen) WriteRun(json, "chosen", chosen);
        WriteRun(json, "least", forecast.Least);
        WriteRun(json, "checkpointing", forecast.Checkpointing);
        json.WriteStartArray("frontier");
        foreach (PlannedRun run in forecast.Frontier) WriteRun(json, null, run);
        json.WriteEndArray();
    });

    /// <summary>Writes estimates by the name of their way.</summary>
    public static void Write(TextWriter output, StepWork work, IReadOnlyList<(string Name, ProcessEstimate Estimate)> estimates) => Write(output, json =>
    {
        json.WriteNumber("batch", work.Batch);
        json.WriteNumber("tokens", work.Tokens);
        json.WriteStartObject("modes");
        foreach ((string name, ProcessEstimate estimate) in estimates)
        {
            json.WriteStartObject(name);
            WriteEstimate(json, estimate);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    });

    private static void Write(TextWriter output, Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static void WriteRun(Utf8JsonWriter json, string? name, PlannedRun run)
    {
        if (name is null) json.WriteStartObject();
        else json.WriteStartObject(name);
        json.WriteString("plan", run.Plan.ToString());
        json.WriteNumber("seconds", run.Seconds);
        WriteEstimate(json, run.Memory);
        json.WriteEndObject();
    }

    private static void WriteEstimate(Utf8JsonWriter json, ProcessEstimate estimate)
    {
        json.WriteStartObject("parts");
        foreach (MemoryPart part in estimate.Parts) json.WriteNumber(part.Name.Replace(' ', '_'), part.Expected);
        json.WriteEndObject();
        json.WriteNumber("activation_peak_bytes", estimate.Activations.PeakBytes);
        json.WriteNumber("low_bytes", estimate.Low);
        json.WriteNumber("expected_bytes", estimate.Expected);
        json.WriteNumber("high_bytes", estimate.High);
    }
}
