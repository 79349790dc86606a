namespace LeanTune.Data;

/// <summary>Makes files that vanish when they are closed, also when the process dies.</summary>
internal static class TemporaryFile
{
    /// <exception cref="DataException">The system's temporary folder cannot be written to.</exception>
    public static FileStream Create()
    {
        string path = Path.Combine(Path.GetTempPath(), "leantune-" + Path.GetRandomFileName());
        try
        {
            return new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: records need a temporary file, which cannot be made: {cause.Message}", cause);
        }
    }
}
