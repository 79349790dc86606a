using System.Globalization;
using System.Text.Json;
using LeanTune.Checkpoints;
using LeanTune.Native;

namespace LeanTune.Training;

/// <summary>Where a run's files are: one folder with everything that is needed to read, resume or repeat the run.</summary>
internal sealed class RunFolder
{
    /// <summary>Name of the folder with the step at which the run could not go on.</summary>
    public const string DivergedName = "diverged";

    private const string CheckpointPrefix = "step-", BestPrefix = "best-", AsidePrefix = ".writing-";

    private readonly int _kept;

    /// <summary>Opens or makes the folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="kept">How many checkpoints stay.</param>
    public RunFolder(string path, int kept = 1)
    {
        _kept = kept;
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

    /// <summary>Folders step-00000010, step-00000020, …, and best-00000010: complete when they have their final name.</summary>
    public string Checkpoints => System.IO.Path.Combine(Path, "checkpoints");

    /// <summary>The newest complete checkpoint, or null.</summary>
    public string? LastCheckpoint() => Folders(CheckpointPrefix).LastOrDefault();

    /// <summary>The weights after the evaluation with the lowest loss, as they were written; null when the folder is gone.</summary>
    /// <param name="step">The step of that evaluation.</param>
    public string? Best(int step) => Folder(BestPrefix, step) is var folder && Directory.Exists(folder) ? folder : null;

    /// <summary>Writes a checkpoint aside, brings it to the disk, gives it its name in one step, and then removes the oldest.</summary>
    /// <remarks>
    /// Whenever the process or the machine stops, the newest folder with a final name is complete. A step that has its checkpoint is not
    /// written again, since a run's state after a step is always the same: there is no moment at which the old folder is gone and the new one not there.
    /// </remarks>
    /// <param name="step">Steps taken.</param>
    /// <param name="write">Fills the folder it is given.</param>
    /// <returns>The complete checkpoint.</returns>
    /// <exception cref="IOException">The disk is full or not writable; the checkpoint before is untouched.</exception>
    public string WriteCheckpoint(int step, Action<string> write)
    {
        string final = Write(CheckpointPrefix, step, write);
        foreach (string older in Folders(CheckpointPrefix).Where(folder => folder != final).SkipLast(_kept - 1).ToList()) TryDelete(older);
        return final;
    }

    /// <summary>Writes the weights of an evaluation that was the best so far, as <see cref="WriteCheckpoint"/> does. Those before stay: a run that is killed now goes on from before this step.</summary>
    /// <param name="step">Steps taken.</param>
    /// <param name="write">Fills the folder it is given.</param>
    public string WriteBest(int step, Action<string> write) => Write(BestPrefix, step, write);

    /// <summary>Removes the weights that were the best once. To be called when a checkpoint knows the better ones.</summary>
    /// <param name="step">The best evaluation's step; null when there was none.</param>
    public void KeepBest(int? step)
    {
        foreach (string folder in Folders(BestPrefix).Where(folder => step is not { } best || folder != Folder(BestPrefix, best)).ToList()) TryDelete(folder);
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

    /// <summary>What cannot be removed now is removed by the next checkpoint, and harms nothing until then.</summary>
    private static void TryDelete(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    private string Write(string prefix, int step, Action<string> write)
    {
        string final = Folder(prefix, step);
        if (Directory.Exists(final)) return final;
        foreach (string leftover in Directory.GetDirectories(Checkpoints, AsidePrefix + "*")) Directory.Delete(leftover, recursive: true);
        string aside = Folder(AsidePrefix, step);
        try
        {
            Directory.CreateDirectory(aside);
            write(aside);
            FolderSync.Flush(aside);
            Directory.Move(aside, final);
        }
        catch
        {
            TryDelete(aside);
            throw;
        }

        FolderSync.Flush(Checkpoints);
        return final;
    }

    private string Folder(string prefix, int step) => System.IO.Path.Combine(Checkpoints, string.Create(CultureInfo.InvariantCulture, $"{prefix}{step:D8}"));

    private IEnumerable<string> Folders(string prefix) => Directory.EnumerateDirectories(Checkpoints, prefix + "*").Order(StringComparer.Ordinal);
}
