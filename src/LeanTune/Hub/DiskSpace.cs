namespace LeanTune.Hub;

/// <summary>Tells how much room there is on a disk.</summary>
internal static class DiskSpace
{
    /// <summary>Bytes that this user may still write where a folder lies or will lie; null when the system does not tell.</summary>
    public static long? FreeBytes(string folder)
    {
        string? existing = Path.GetFullPath(folder);
        while (existing is not null && !Directory.Exists(existing))
            existing = Path.GetDirectoryName(existing);
        try
        {
            return existing is null ? null : new DriveInfo(existing).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
