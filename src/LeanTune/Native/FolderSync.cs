using System.Runtime.InteropServices;

namespace LeanTune.Native;

/// <summary>Brings a folder's entries to the disk: until then a loss of power may undo a rename or a new file's name in it.</summary>
internal static class FolderSync
{
    private const int ReadOnly = 0;

    /// <summary>Flushes the folder itself, not what its files hold. Does nothing on Windows, which has no such call.</summary>
    /// <param name="folder">An existing folder. One that cannot be opened or flushed as a folder (some network file systems) is left to the system.</param>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        int handle = open(folder, ReadOnly);
        if (handle < 0) return;
        _ = fsync(handle);
        _ = close(handle);
    }

    [DllImport("libc", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc")]
    private static extern int fsync(int handle);

    [DllImport("libc")]
    private static extern int close(int handle);
}
