using LeanTune.Checkpoints;

namespace LeanTune.Data;

/// <summary>Finds and opens the files of a data set, with errors that say which file was meant.</summary>
internal static class DataFiles
{
    private static readonly string[] Known = [".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".txt"];

    /// <summary>The files that a path stands for: itself, those directly in the folder, or those that match the pattern; in ordinal order of their names.</summary>
    /// <param name="path">A file, folder or pattern.</param>
    /// <param name="textOnly">Whether .txt files alone are wanted of a folder.</param>
    /// <param name="notice">Receives what is left out of a folder.</param>
    /// <exception cref="DataException">Nothing is there, or nothing that can be read.</exception>
    public static IReadOnlyList<string> Find(string path, bool textOnly = false, Action<string>? notice = null)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new DataException("No file of examples is named: the path is empty.");
        if (Directory.Exists(path))
            return InFolder(path, textOnly, notice);
        if (!File.Exists(path) && GlobPattern.IsPattern(path))
            return GlobPattern.Find(path) is { Count: > 0 } found ? found : throw new DataException($"{path}: no file matches this pattern{GlobPattern.Hint(path)}");
        try
        {
            LocalPath.ExistingFile(path);
            return [path];
        }
        catch (FileNotFoundException cause)
        {
            throw new DataException(cause.Message, cause);
        }
    }

    /// <summary>Opens a file to be read from start to end; gzip is undone, whatever the name.</summary>
    /// <exception cref="DataException">The file cannot be opened. Reading throws it too, when the gzip data are damaged or cut off.</exception>
    public static Stream Open(string path)
    {
        FileStream file = OpenPlain(path);
        try
        {
            return IsGzip(file) ? new GunzipStream(path, file) : file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file as it stands, to be read at any place.</summary>
    /// <exception cref="DataException">The file cannot be opened.</exception>
    public static FileStream OpenPlain(string path)
    {
        try
        {
            // Readers bring their own buffers.
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be opened: {cause.Message}", cause);
        }
    }

    /// <summary>Whether a file is compressed by gzip.</summary>
    public static bool IsGzip(string path)
    {
        using FileStream file = OpenPlain(path);
        return IsGzip(file);
    }

    /// <summary>The extension that says what a file holds, in lower case: that before <c>.gz</c>, where the name ends so.</summary>
    public static string Extension(string path)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        return extension == ".gz" ? Path.GetExtension(Path.GetFileNameWithoutExtension(path)).ToLowerInvariant() : extension;
    }

    public static bool IsText(string path) => Extension(path) == ".txt";

    private static bool IsGzip(FileStream file)
    {
        Span<byte> start = stackalloc byte[3];
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Position = 0;
        return read == 3 && start.SequenceEqual<byte>([0x1F, 0x8B, 8]);
    }

    private static string[] InFolder(string path, bool textOnly, Action<string>? notice)
    {
        string[] entries = Directory.GetFileSystemEntries(path);
        string[] files = [.. entries.Where(entry => File.Exists(entry) && IsWanted(entry, textOnly)).Order(StringComparer.Ordinal)];
        string wanted = textOnly ? ".txt files" : "files of examples (" + string.Join(", ", Known) + ", each also with .gz)";
        if (files.Length == 0)
            throw new DataException($"{path}: expected a folder of {wanted}, found none among its {entries.Length} entries");
        string[] kinds = [.. files.Select(Extension).Distinct()];
        if (kinds.Length > 1)
            throw new DataException($"{path}: holds files of several kinds ({string.Join(", ", kinds)}): say which are meant by a pattern, such as {Path.Combine(path, "*" + kinds[0])}");
        if (files.Length < entries.Length)
            notice?.Invoke($"{path}: reads {files.Length} {kinds[0]} files; {entries.Length - files.Length} other entries are not read");
        return files;
    }

    private static bool IsWanted(string entry, bool textOnly) =>
        !Path.GetFileName(entry).StartsWith('.') && (textOnly ? IsText(entry) : Known.Contains(Extension(entry)));
}
