namespace LeanTune.Hub;

/// <summary>Keeps other processes from downloading the same file at the same time: they wait, and then find it. The hub's own tools lock the same file.</summary>
internal sealed class BlobLock : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly FileStream _file;

    private BlobLock(FileStream file) => _file = file;

    /// <summary>Waits until the lock is free, and takes it.</summary>
    /// <exception cref="UnauthorizedAccessException">The cache cannot be written.</exception>
    public static async Task<BlobLock> TakeAsync(string path, string name, HubOptions options, Action<HubEvent> publish, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (bool told = false; ; told = true)
        {
            try
            {
                return new BlobLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(path))
            {
                if (!told)
                    publish(new DownloadWaits($"another process downloads {name}", s_pause));
                await options.Wait(s_pause, cancel).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
