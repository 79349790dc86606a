using LeanTune.Checkpoints;

namespace LeanTune.Data;

/// <summary>Finds and opens the files of a data set, with errors that say which file was meant.</summary>
internal static class DataFiles
{
    /// <exception cref="DataException">Nothing stands at the path.</exception>
    public static void RequireExists(string path)
    {
        if (Directory.Exists(path))
            return;
        if (string.IsNullOrWhiteSpace(path))
            throw new DataException("No file of examples is named: the path is empty.");
        try
        {
            LocalPath.ExistingFile(path);
        }
        catch (FileNotFoundException cause)
        {
            throw new DataException(cause.Message, cause);
        }
    }

    /// <exception cref="DataException">The file cannot be opened.</exception>
    public static FileStream Open(string path)
    {
        try
        {
            // Readers bring their own buffers.
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be opened: {cause.Message}", cause);
        }
    }

    /// <summary>The .txt files that a path stands for: itself, or those directly in the folder, in ordinal order of their names.</summary>
    /// <exception cref="DataException">The folder holds no .txt file.</exception>
    public static IReadOnlyList<string> TextFiles(string path, Action<string>? notice)
    {
        if (!Directory.Exists(path))
            return [path];
        string[] entries = Directory.GetFileSystemEntries(path);
        string[] texts = [.. entries.Where(entry => IsText(entry) && File.Exists(entry)).Order(StringComparer.Ordinal)];
        if (texts.Length == 0)
            throw new DataException($"{path}: expected a folder of .txt files, found none among its {entries.Length} entries");
        if (texts.Length < entries.Length)
            notice?.Invoke($"{path}: reads {texts.Length} .txt files; {entries.Length - texts.Length} other entries are not read");
        return texts;
    }

    public static bool IsText(string path) => Path.GetExtension(path).Equals(".txt", StringComparison.OrdinalIgnoreCase);

    public static bool IsJsonLines(string path) => Path.GetExtension(path).ToUpperInvariant() is ".JSONL" or ".NDJSON";
}
