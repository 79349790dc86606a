using System.Text.Json;
using LeanTune.Checkpoints;
using LeanTune.Data;
using LeanTune.Optimization;
using static TorchSharp.torch;

namespace LeanTune.Training;

/// <summary>What a checkpoint holds beside the adapter: trained values, both moments, and where the run stands. Enough to go on bit by bit.</summary>
/// <param name="Step">Optimizer steps taken.</param>
/// <param name="Position">Where the stream of batches goes on.</param>
/// <param name="Fingerprint">Of the examples, in order: a changed file is noticed on resuming.</param>
/// <param name="Model">Fingerprint of the frozen weights.</param>
/// <param name="Settings">What must be the same for a resumed run to be the same run, by recipe key.</param>
internal sealed record RunState(int Step, DataPosition Position, string Fingerprint, string Model, IReadOnlyDictionary<string, string> Settings)
{
    private const string StateFile = "state.json", TensorFile = "optimizer.safetensors";
    private const string Values = "values", FirstMoment = "first_moment", SecondMoment = "second_moment";

    /// <summary>Writes the state into a folder.</summary>
    public void Write(string folder, FlatParameters parameters, AdamW optimizer)
    {
        SafetensorsWriter.Write(
            Path.Combine(folder, TensorFile),
            new Dictionary<string, Tensor>
            {
                [Values] = parameters.Values, [FirstMoment] = optimizer.FirstMoment, [SecondMoment] = optimizer.SecondMoment,
            },
            null);
        RunFolder.WriteJson(folder, StateFile, json =>
        {
            json.WriteNumber("step", Step);
            json.WriteNumber("epoch", Position.Epoch);
            json.WriteNumber("batch", Position.Batch);
            json.WriteString("examples_sha256", Fingerprint);
            json.WriteString("model_sha256", Model);
            json.WriteStartObject("settings");
            foreach ((string key, string value) in Settings) json.WriteString(key, value);
            json.WriteEndObject();
        });
    }

    /// <summary>Reads where a folder's run stands and what it was made of; its numbers come by <see cref="ReadNumbers"/>.</summary>
    /// <exception cref="CheckpointFormatException">The file is missing or damaged.</exception>
    public static RunState Read(string folder)
    {
        string path = Path.Combine(folder, StateFile);
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = json.RootElement;
            RunState state = new(
                root.GetProperty("step").GetInt32(),
                new DataPosition(root.GetProperty("epoch").GetInt64(), root.GetProperty("batch").GetInt32()),
                Text(root.GetProperty("examples_sha256")),
                Text(root.GetProperty("model_sha256")),
                root.GetProperty("settings").EnumerateObject().ToDictionary(entry => entry.Name, entry => Text(entry.Value)));
            return state.Step >= 0 && state.Position is { Epoch: >= 0, Batch: >= 0 }
                ? state
                : throw new FormatException("step, epoch and batch must not be negative");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException or FileNotFoundException)
        {
            throw new CheckpointFormatException(path, null, $"is not the state of a run ({error.Message.TrimEnd('.')}); remove the folder to begin anew", error);
        }
    }

    /// <summary>Reads a folder's numbers into the parameters and the optimizer.</summary>
    /// <exception cref="CheckpointFormatException">The file is damaged or belongs to other parameters.</exception>
    public void ReadNumbers(string folder, FlatParameters parameters, AdamW optimizer)
    {
        optimizer.Steps = Step;
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, TensorFile));
        using IDisposable quiet = no_grad();
        foreach ((string name, Tensor target) in new[] { (Values, parameters.Values), (FirstMoment, optimizer.FirstMoment), (SecondMoment, optimizer.SecondMoment) })
        {
            if (!file.Contains(name) || !file.Info(name).Shape.SequenceEqual(target.shape))
                throw new CheckpointFormatException(Path.Combine(folder, TensorFile), name, $"expected {target.NumberOfElements} numbers, one for each that this recipe trains");
            using Tensor read = file.Read(name, ScalarType.Float32);
            target.copy_(read);
        }
    }

    /// <summary>Refuses to go on when the recipe or the examples have changed.</summary>
    /// <exception cref="OptionsException">Names what differs.</exception>
    public void RequireSame(RunState now)
    {
        List<string> changed = [.. now.Settings
            .Where(entry => (Settings.GetValueOrDefault(entry.Key) ?? "") != entry.Value) // a key that was not known then had no value
            .Select(entry => $"{entry.Key} was {Said(Settings.GetValueOrDefault(entry.Key))}, is {Said(entry.Value)}")];
        if (Fingerprint != now.Fingerprint) changed.Add("the training examples differ");
        if (Model != now.Model) changed.Add("the weights of the base model differ");
        if (changed.Count > 0)
            throw new OptionsException("training.resume", $"the checkpoint belongs to another run: {string.Join("; ", changed)}; use another output folder, or the recipe as it was");
    }

    private static string Said(string? value) => value is { Length: > 0 } ? value : "not set";

    private static string Text(JsonElement value) => value.GetString() ?? throw new FormatException("null where a text was expected");
}
