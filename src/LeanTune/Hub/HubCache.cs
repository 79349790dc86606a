using LeanTune.Checkpoints;

namespace LeanTune.Hub;

/// <summary>One repository in the folder of everything downloaded, laid out as the hub's own tools do: <c>blobs</c> by hash, <c>snapshots</c> of links by commit, <c>refs</c> by name.</summary>
internal sealed class HubCache
{
    // Which files a commit has is no part of the usual layout; other tools pass over folders that they do not know.
    private const string Listings = "leantune";

    private readonly HubOptions _options;
    private readonly string _folder;
    private readonly string _locks;

    public HubCache(HubOptions options, HubReference reference)
    {
        string name = $"{(reference.Kind == HubKind.Dataset ? "datasets" : "models")}--{reference.Id.Replace("/", "--", StringComparison.Ordinal)}";
        _options = options;
        _folder = Path.Combine(options.Cache, name);
        _locks = Path.Combine(options.Cache, ".locks", name);
    }

    /// <summary>The commit that a revision stood for when it was last asked, or null when it never was.</summary>
    public string? CommitOf(string revision)
    {
        if (HubReference.IsCommitHash(revision))
            return Directory.Exists(SnapshotOf(revision)) ? revision : null;
        string file = Below(Path.Combine(_folder, "refs"), revision);
        return File.Exists(file) && File.ReadAllText(file).Trim() is var commit && HubReference.IsCommitHash(commit) ? commit : null;
    }

    /// <summary>Notes what a revision stands for.</summary>
    public void SetCommit(string revision, string commit)
    {
        string file = Below(Path.Combine(_folder, "refs"), revision);
        if (HubReference.IsCommitHash(revision) || CommitOf(revision) == commit)
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        AtomicFile.WriteText(file, commit);
    }

    /// <summary>The names of all files of a commit, or null when no download of ours noted them.</summary>
    public IReadOnlyList<string>? ListingOf(string commit)
    {
        string file = Path.Combine(_folder, Listings, commit);
        return File.Exists(file) ? [.. File.ReadAllLines(file).Where(HubReference.IsSafePath)] : null;
    }

    /// <summary>Notes the names of all files of a commit.</summary>
    public void SetListing(HubListing listing)
    {
        string file = Path.Combine(_folder, Listings, listing.Commit);
        if (File.Exists(file))
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        AtomicFile.WriteText(file, string.Concat(listing.Names.Select(name => name + "\n")));
    }

    /// <summary>The folder of a commit's files; it need not exist.</summary>
    public string SnapshotOf(string commit) => Path.Combine(_folder, "snapshots", commit);

    /// <summary>The names of the files that are there of a commit.</summary>
    public IReadOnlyList<string> FilesOf(string commit)
    {
        string snapshot = SnapshotOf(commit);
        if (!Directory.Exists(snapshot))
            return [];
        return [.. Directory.EnumerateFiles(snapshot, "*", SearchOption.AllDirectories).Where(IsThere)
            .Select(file => Path.GetRelativePath(snapshot, file).Replace(Path.DirectorySeparatorChar, '/')).Order(StringComparer.Ordinal)];
    }

    public bool Has(string commit, string name) => IsThere(Below(SnapshotOf(commit), name));

    /// <summary>Where a file with this hash lies.</summary>
    public string BlobOf(RemoteFile file) => Path.Combine(_folder, "blobs", file.Hash);

    /// <summary>The file that processes lock while they download one.</summary>
    public string LockOf(RemoteFile file) => Path.Combine(_locks, file.Hash + ".lock");

    /// <summary>The file that processes lock while they note commits and their files.</summary>
    public string LockOfNotes => Path.Combine(_locks, "notes.lock");

    /// <summary>Makes the folder that blobs lie in.</summary>
    public void Prepare() => Directory.CreateDirectory(Path.Combine(_folder, "blobs"));

    /// <summary>Puts a blob under its name into a snapshot: as a link; where links cannot be made, a new blob itself, and a copy of an older one.</summary>
    public void Place(string commit, RemoteFile file, bool isNew)
    {
        string blob = BlobOf(file), place = Below(SnapshotOf(commit), file.Name), folder = Path.GetDirectoryName(place)!;
        Directory.CreateDirectory(folder);
        string aside = $"{place}.{Guid.NewGuid():N}";
        try
        {
            _options.Link(aside, Path.GetRelativePath(folder, blob));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            if (isNew)
                File.Move(blob, aside);
            else
                File.Copy(blob, aside);
        }

        File.Move(aside, place, overwrite: true);
    }

    // A link whose blob is gone exists as a file does, but is none.
    private static bool IsThere(string path) => new FileInfo(path) is { Exists: true } file && (file.LinkTarget is null || file.ResolveLinkTarget(returnFinalTarget: true) is { Exists: true });

    private static string Below(string folder, string name) => Path.Combine([folder, .. name.Split('/')]);
}
