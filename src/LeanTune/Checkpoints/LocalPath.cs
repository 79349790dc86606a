using Microsoft.Win32.SafeHandles;

namespace LeanTune.Checkpoints;

/// <summary>
/// Resolves the paths of files and folders that must exist, and says which neighbour was probably meant when they do not.
/// </summary>
internal static class LocalPath
{
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static string ExistingFile(string path)
    {
        string full = Path.GetFullPath(path);
        if (File.Exists(full))
            return full;
        if (Directory.Exists(full))
            throw new FileNotFoundException($"'{full}' is a folder; a file was expected.", full);
        throw new FileNotFoundException($"File not found: '{full}'{Hint(full)}", full);
    }

    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static string ExistingFolder(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(full))
            return full;
        if (File.Exists(full))
            throw new DirectoryNotFoundException($"'{full}' is a file; a folder was expected.");
        throw new DirectoryNotFoundException($"Folder not found: '{full}'{Hint(full)}");
    }

    /// <summary>Opens a file to read it at chosen offsets; others may read, rename and delete it meanwhile.</summary>
    public static SafeFileHandle OpenForReading(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess);

    /// <summary>Walks up to the nearest folder that exists, and looks there for what resembles the missing part.</summary>
    private static string Hint(string full)
    {
        for (string missing = full; Path.GetDirectoryName(missing) is { } parent; missing = parent)
        {
            if (!Directory.Exists(parent))
                continue;
            try
            {
                IEnumerable<string> neighbours = new DirectoryInfo(parent).EnumerateFileSystemInfos().Select(static entry => entry.Name);
                string hint = NearestName.Hint(Path.GetFileName(missing), neighbours);
                return hint.Length > 0 ? hint : missing == full ? "." : $"; '{parent}' has no '{Path.GetFileName(missing)}'.";
            }
            catch (UnauthorizedAccessException)
            {
                return $"; '{parent}' may not be listed.";
            }
        }

        return ".";
    }
}
