using System.Globalization;
using System.Text.Json;
using LeanTune.Checkpoints;
using LeanTune.Data;
using LeanTune.Optimization;
using static TorchSharp.torch;

namespace LeanTune.Training;

/// <summary>The step at which loss or gradients stopped being finite, as a folder: its batches and the weights before it, so that it can be run again.</summary>
internal static class DivergedStep
{
    private const string StepFile = "step.json", ValuesFile = "values.safetensors", Values = "values";

    /// <summary>Writes the folder; what was there is replaced.</summary>
    public static void Write(string folder, int step, IReadOnlyList<Batch> micro, FlatParameters parameters, double loss)
    {
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(Path.Combine(folder, ValuesFile), new Dictionary<string, Tensor> { [Values] = parameters.Values }, null);
        RunFolder.WriteJson(folder, StepFile, json =>
        {
            json.WriteNumber("step", step);
            json.WriteString("loss", loss.ToString(CultureInfo.InvariantCulture)); // JSON has no NaN
            json.WriteStartArray("gradients_not_finite");
            foreach ((string name, double norm) in parameters.GradientNorms())
                if (!double.IsFinite(norm)) json.WriteStringValue(name);
            json.WriteEndArray();
            json.WriteStartArray("batches");
            foreach (Batch batch in micro) WriteBatch(json, batch);
            json.WriteEndArray();
        });
    }

    /// <summary>Reads the batches, and the weights into the parameters.</summary>
    /// <param name="folder">The folder, or the run folder that holds it.</param>
    /// <param name="parameters">Of the same recipe.</param>
    /// <param name="padId">Token to pad with.</param>
    /// <returns>The step and its micro-batches, which the caller disposes.</returns>
    /// <exception cref="CheckpointFormatException">A file is missing, damaged, or of another recipe.</exception>
    public static (int Step, Batch[] Micro) Read(string folder, FlatParameters parameters, long padId)
    {
        if (!File.Exists(Path.Combine(folder, StepFile)) && Directory.Exists(Path.Combine(folder, RunFolder.DivergedName))) folder = Path.Combine(folder, RunFolder.DivergedName);
        string path = Path.Combine(folder, StepFile);
        using (SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, ValuesFile)))
        using (no_grad())
        {
            if (!file.Contains(Values) || !file.Info(Values).Shape.SequenceEqual(parameters.Values.shape))
                throw new CheckpointFormatException(Path.Combine(folder, ValuesFile), Values, $"expected {parameters.Length} numbers, one for each that this recipe trains");
            using Tensor read = file.Read(Values, ScalarType.Float32);
            parameters.Values.copy_(read);
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            return (
                json.RootElement.GetProperty("step").GetInt32(),
                [.. json.RootElement.GetProperty("batches").EnumerateArray().Select(batch => Batch.Pack(
                    [.. batch.EnumerateArray().Select(row => row.EnumerateArray().Select(ReadExample).ToArray())], padId))]);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException or IOException)
        {
            throw new CheckpointFormatException(path, null, $"is not the step at which a run ended ({error.Message.TrimEnd('.')})", error);
        }
    }

    private static void WriteBatch(Utf8JsonWriter json, Batch batch)
    {
        json.WriteStartArray();
        foreach (IReadOnlyList<TokenizedExample> row in batch.ToExamples())
        {
            json.WriteStartArray();
            foreach (TokenizedExample example in row)
            {
                json.WriteStartObject();
                json.WriteStartArray("ids");
                foreach (int id in example.Ids) json.WriteNumberValue(id);
                json.WriteEndArray();
                json.WriteStartArray("targets");
                for (int t = 0; t < example.Ids.Length; t++)
                    if (example.Supervised[t]) json.WriteNumberValue(t);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static TokenizedExample ReadExample(JsonElement example)
    {
        int[] ids = [.. example.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
        bool[] supervised = new bool[ids.Length];
        foreach (JsonElement t in example.GetProperty("targets").EnumerateArray())
        {
            if (t.GetInt32() is not (>= 0 and var at) || at >= ids.Length) throw new FormatException($"target {t} lies outside an example of {ids.Length} tokens");
            supervised[t.GetInt32()] = true;
        }

        return new TokenizedExample(ids, supervised, "", 0);
    }
}
