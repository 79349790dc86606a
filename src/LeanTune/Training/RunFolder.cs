using System.Globalization;
using System.Text.Json;
using LeanTune.Checkpoints;

namespace LeanTune.Training;

/// <summary>Where a run's files are: one folder with everything that is needed to read, resume or repeat the run.</summary>
internal sealed class RunFolder
{
    private const string CheckpointPrefix = "step-";

    /// <summary>Opens or makes the folder.</summary>
    /// <param name="path">The folder.</param>
    public RunFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        Directory.CreateDirectory(Checkpoints);
    }

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>The trained adapter, PEFT layout.</summary>
    public string Adapter => System.IO.Path.Combine(Path, "adapter");

    /// <summary>The trained model, hub layout, when all weights were trained.</summary>
    public string Model => System.IO.Path.Combine(Path, "model");

    /// <summary>Numbers of every step and evaluation.</summary>
    public string Metrics => System.IO.Path.Combine(Path, "metrics.jsonl");

    /// <summary>Folders step-00000010, step-00000020, …: complete when they have their final name.</summary>
    public string Checkpoints => System.IO.Path.Combine(Path, "checkpoints");

    /// <summary>The newest complete checkpoint, or null.</summary>
    public string? LastCheckpoint() => StepFolders().LastOrDefault();

    /// <summary>Writes a checkpoint aside, gives it its name in one step, and then removes the one before.</summary>
    /// <param name="step">Steps taken.</param>
    /// <param name="write">Fills the folder it is given.</param>
    /// <returns>The complete checkpoint.</returns>
    /// <exception cref="IOException">The disk is full or not writable; the checkpoint before is untouched.</exception>
    public string WriteCheckpoint(int step, Action<string> write)
    {
        string final = System.IO.Path.Combine(Checkpoints, string.Create(CultureInfo.InvariantCulture, $"{CheckpointPrefix}{step:D8}"));
        string aside = System.IO.Path.Combine(Checkpoints, $".writing-{step:D8}");
        if (Directory.Exists(aside)) Directory.Delete(aside, recursive: true);
        Directory.CreateDirectory(aside);
        try
        {
            write(aside);
            if (Directory.Exists(final)) Directory.Delete(final, recursive: true);
            Directory.Move(aside, final);
        }
        catch
        {
            if (Directory.Exists(aside)) Directory.Delete(aside, recursive: true);
            throw;
        }

        foreach (string older in StepFolders().Where(folder => folder != final).ToList()) Directory.Delete(older, recursive: true);
        return final;
    }

    /// <summary>Writes a small JSON file, indented, aside and renamed.</summary>
    public void WriteJson(string name, Action<Utf8JsonWriter> write) => WriteJson(Path, name, write);

    /// <inheritdoc cref="WriteJson(string, Action{Utf8JsonWriter})"/>
    public static void WriteJson(string folder, string name, Action<Utf8JsonWriter> write) =>
        AtomicFile.Write(System.IO.Path.Combine(folder, name), stream =>
        {
            using Utf8JsonWriter writer = new(stream, new JsonWriterOptions { Indented = true });
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        });

    private IEnumerable<string> StepFolders() =>
        Directory.EnumerateDirectories(Checkpoints, CheckpointPrefix + "*").Order(StringComparer.Ordinal);
}
