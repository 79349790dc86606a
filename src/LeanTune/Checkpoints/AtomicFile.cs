using LeanTune.Native;

namespace LeanTune.Checkpoints;

/// <summary>
/// Writes a file aside, brings it to the disk and renames it, so that a reader finds the old file or the new one and never half of either.
/// </summary>
public static class AtomicFile
{
    /// <summary>
    /// What is put behind the name while a file is written; a process that is killed leaves such a file, and the next write replaces it.
    /// </summary>
    public const string PartialSuffix = ".partial";

    /// <summary>Writes <paramref name="path"/>, replacing an earlier file only when everything was written.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the content; the stream can seek and is closed afterwards.</param>
    /// <exception cref="IOException">
    /// The disk is full or the file cannot be written. The partial file is removed, and the file that was there before is as it was.
    /// </exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        string full = Path.GetFullPath(path);
        WriteAside(full, write);
        Commit(full);
    }

    /// <summary>Writes text as UTF-8 without a byte order mark, as <see cref="Write"/> does.</summary>
    /// <inheritdoc cref="Write" path="/exception"/>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Copies a folder's files, each as <see cref="Write"/> does, the configuration last: a crash leaves no configuration beside another's tensors.</summary>
    /// <param name="from">The folder; folders in it are left out.</param>
    /// <param name="to">Made where it is absent. Other files in it stay.</param>
    /// <inheritdoc cref="Write" path="/exception"/>
    internal static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        string[] files = [.. Directory.GetFiles(from).OrderBy(file => file.EndsWith("config.json", StringComparison.Ordinal))];
        foreach (string config in files.Where(file => file.EndsWith("config.json", StringComparison.Ordinal))) File.Delete(Path.Combine(to, Path.GetFileName(config)));
        foreach (string file in files)
            Write(Path.Combine(to, Path.GetFileName(file)), stream =>
            {
                using FileStream source = File.OpenRead(file);
                source.CopyTo(stream);
            });
    }

    /// <summary>The first half of <see cref="Write"/>: leaves the content on disk beside <paramref name="path"/>.</summary>
    internal static void WriteAside(string path, Action<Stream> write)
    {
        string partial = path + PartialSuffix;
        try
        {
            using FileStream stream = new(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
            write(stream);
            stream.Flush(flushToDisk: true);
        }
        catch (Exception error)
        {
            Discard(path);
            if (error is IOException or UnauthorizedAccessException)
                throw Failure(path, error);
            throw;
        }
    }

    /// <summary>The second half of <see cref="Write"/>: puts the content in place.</summary>
    internal static void Commit(string path)
    {
        try
        {
            File.Move(path + PartialSuffix, path, overwrite: true);
            FolderSync.Flush(Path.GetDirectoryName(path)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Discard(path);
            throw Failure(path, error);
        }
    }

    /// <summary>Removes what <see cref="WriteAside"/> left.</summary>
    internal static void Discard(string path)
    {
        try
        {
            File.Delete(path + PartialSuffix);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The error that made us discard the file matters more than a leftover beside it.
        }
    }

    private static IOException Failure(string path, Exception error)
    {
        string earlier = File.Exists(path) ? " The earlier file is unchanged." : "";
        // The system names the file aside, which is gone by now.
        string reason = error.Message.Replace($" : '{path}{PartialSuffix}'", "", StringComparison.Ordinal);
        return new IOException($"Cannot write '{path}': {reason}{(reason.EndsWith('.') ? "" : ".")}{earlier}", error);
    }
}
