using System.Globalization;
using System.Text.Json;
using LeanTune.Checkpoints;
using LeanTune.Planning;

namespace LeanTune.Training;

/// <summary>plan.json of a run folder: how the run was planned, so that a resumed run goes on the same way.</summary>
internal static class PlanFile
{
    public const string Name = "plan.json";

    /// <summary>Writes a plan, what it was made for, and how each block runs.</summary>
    public static void Write(Utf8JsonWriter json, RunPlan plan, long? budget, ProcessEstimate expected)
    {
        if (budget is { } bytes) json.WriteNumber("budget_bytes", bytes);
        json.WriteNumber("micro_batch", plan.MicroBatch);
        json.WriteNumber("tile_bytes", plan.TileBytes);
        json.WriteBoolean("tight_heap", plan.TightHeap);
        json.WriteStartArray("stretches");
        foreach ((BlockWay way, int blocks) in plan.Stretches)
        {
            json.WriteStartObject();
            json.WriteNumber("blocks", blocks);
            json.WriteString("mode", way.Mode.ToString().ToLowerInvariant());
            json.WriteString("codec", way.Codec.ToString());
            json.WriteNumber("blocks_per_checkpoint", way.Shared);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("expected_bytes");
        foreach (MemoryPart part in expected.Parts) json.WriteNumber(part.Name.Replace(' ', '_'), part.Expected);
        json.WriteNumber("activation_peak", expected.Activations.PeakBytes);
        json.WriteNumber("process_low", expected.Low);
        json.WriteNumber("process", expected.Expected);
        json.WriteNumber("process_high", expected.High);
        json.WriteEndObject();
        EventJson.WritePlan(json, plan.Activations);
    }

    /// <summary>The plan that a run folder holds.</summary>
    /// <param name="path">The file.</param>
    /// <param name="ways">Ways that the recipe allows: the file's must be among them.</param>
    /// <param name="blocks">Blocks of the model.</param>
    /// <exception cref="CheckpointFormatException">The file is missing, damaged, or of another recipe.</exception>
    public static RunPlan Read(string path, IReadOnlyList<BlockWay> ways, int blocks)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = json.RootElement;
            List<(BlockWay, int)> stretches = [];
            foreach (JsonElement stretch in root.GetProperty("stretches").EnumerateArray())
            {
                (string? mode, string? codec, int shared) = (stretch.GetProperty("mode").GetString(), stretch.GetProperty("codec").GetString(), stretch.GetProperty("blocks_per_checkpoint").GetInt32());
                BlockWay way = ways.FirstOrDefault(way => way.Mode.ToString().Equals(mode, StringComparison.OrdinalIgnoreCase) && way.Codec.ToString() == codec && way.Shared == shared)
                    ?? throw new FormatException($"this recipe's fidelity does not allow '{mode}, {codec}'");
                stretches.Add((way, stretch.GetProperty("blocks").GetInt32()));
            }

            RunPlan plan = new(stretches, root.GetProperty("micro_batch").GetInt64(), root.GetProperty("tile_bytes").GetInt64(), root.GetProperty("tight_heap").GetBoolean());
            return plan.Activations.Layers.Count == blocks && plan is { MicroBatch: >= 1, TileBytes: >= 1 }
                ? plan
                : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"it plans {plan.Activations.Layers.Count} blocks; the model has {blocks}"));
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or FileNotFoundException)
        {
            throw new CheckpointFormatException(path, null, $"is not the plan of this run ({error.Message.TrimEnd('.')}); begin anew in another output folder", error);
        }
    }
}
