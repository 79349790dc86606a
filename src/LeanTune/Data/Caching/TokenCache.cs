using LeanTune.Native;
using LeanTune.Tokenization;

namespace LeanTune.Data;

/// <summary>Keeps the tokens of sources on disk from one run to the next; whatever they depend on is part of their key, so that no entry can be out of date.</summary>
/// <remarks>Processes may share the folder. An entry that is damaged is told of and made anew; those used least recently go when all together grow too large.</remarks>
/// <param name="folder">Where entries lie; made when the first is written.</param>
/// <param name="key">What all sources have in common.</param>
/// <param name="notice">Receives what is wrong with an entry.</param>
internal sealed class TokenCache(string folder, TokenCacheKey key, Action<string>? notice)
{
    /// <summary>Bytes that all entries may take.</summary>
    public long MaxBytes { get; init; } = 4L << 30;

    /// <summary>Bytes of a source below which it is read each time: that takes no longer than a moment.</summary>
    public long LeastBytes { get; init; } = 1 << 20;

    /// <summary>The folder that belongs to this user: <c>leantune/tokens</c> in the system's folder for caches.</summary>
    public static string DefaultFolder => Path.Combine(UserCache.Folder, "tokens");

    /// <summary>The cache of a run; null where it could not tell what the run's tokens depend on.</summary>
    public static TokenCache? For(string modelFolder, DataOptions data, Action<string>? notice, Tokenizer? tokenizer = null)
    {
        try
        {
            return new TokenCache(DefaultFolder, new TokenCacheKey(modelFolder, data, tokenizer), notice);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null; // whoever needs the file says so
        }
    }

    /// <summary>What reading a source comes to.</summary>
    /// <param name="source">The source.</param>
    /// <param name="read">Reads and tokenises it.</param>
    public CachedSource Get(DataSource source, Func<CachedSource> read)
    {
        if (KeyOf(source) is not { } entry)
            return read();
        string path = Path.Combine(folder, entry + ".tokens");
        if (Find(path, entry) is { } found)
            return found;
        CachedSource made = read();
        // A file that was changed while it was read has another key by now.
        if (made.Examples.Sum(example => (long)example.Ids.Length) * sizeof(int) <= MaxBytes && KeyOf(source) == entry)
            Keep(path, entry, made);
        return made;
    }

    private string? KeyOf(DataSource source)
    {
        try
        {
            (string text, long bytes) = key.Of(source);
            return bytes < LeastBytes ? null : text;
        }
        catch (Exception unreadable) when (unreadable is DataException or IOException or UnauthorizedAccessException)
        {
            return null; // reading will say what is wrong
        }
    }

    private CachedSource? Find(string path, string entry)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            if (TokenCacheFile.Read(path, entry) is { } found)
            {
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow); // used last
                return found;
            }

            notice?.Invoke($"{path}: this entry of the cache of tokens is damaged; the examples are tokenised anew");
        }
        catch (FileNotFoundException)
        {
            // Another process removed it meanwhile.
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or FormatException)
        {
            notice?.Invoke($"{path}: this entry of the cache of tokens cannot be read ({unreadable.Message}); the examples are tokenised anew");
        }

        return null;
    }

    private void Keep(string path, string entry, CachedSource made)
    {
        try
        {
            Directory.CreateDirectory(folder);
            TokenCacheFile.Write(path, entry, made);
            RemoveOldest(path);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            // Another process that writes the same entry is not worth a word.
            if (!File.Exists(path) && !File.Exists(path + Checkpoints.AtomicFile.PartialSuffix))
                notice?.Invoke($"{folder}: tokens cannot be kept ({unwritable.Message}); they are made anew next time (data.cache: false does without)");
        }
    }

    private void RemoveOldest(string kept)
    {
        FileInfo[] entries = [.. new DirectoryInfo(folder).GetFiles("*.tokens*").OrderBy(file => file.LastWriteTimeUtc)];
        long total = entries.Sum(file => file.Length);
        foreach (FileInfo oldest in entries.TakeWhile(_ => total > MaxBytes).Where(file => file.FullName != Path.GetFullPath(kept)))
        {
            total -= oldest.Length;
            oldest.Delete();
        }
    }
}
