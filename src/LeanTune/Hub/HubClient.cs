namespace LeanTune.Hub;

/// <summary>Gets models and data sets from the hub: what is on this machine as it is, the rest over the network, file by file, continued and checked.</summary>
/// <remarks>
/// A name such as <c>main</c> is looked up once; from then on the commit that it stood for is used, without the network, until
/// <see cref="UpdateAsync"/> asks again. Several processes may use one cache; one client serves one thread.
/// </remarks>
/// <param name="options">Where the hub and the cache are; <see cref="HubOptions.FromEnvironment"/> is what other tools follow.</param>
/// <param name="observer">Told of everything that happens; null for none.</param>
public sealed class HubClient(HubOptions options, Action<HubEvent>? observer = null) : IDisposable
{
    private readonly HubConnection _connection = new(options);
    private readonly Action<HubEvent> _publish = observer ?? (static _ => { });

    /// <summary>A model or adapter: from this machine if it is there, else downloaded.</summary>
    /// <param name="reference">The repository; files that it names are passed over.</param>
    /// <param name="part">How much of it is needed.</param>
    /// <param name="cancel">Stops; what was downloaded is continued next time.</param>
    /// <returns>The folder, laid out as <see cref="Checkpoints.HubFolder.Open"/> expects.</returns>
    /// <exception cref="HubException">It cannot be had.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> stopped it.</exception>
    public Task<HubSnapshot> ModelAsync(HubReference reference, ModelPart part = ModelPart.Weights, CancellationToken cancel = default) =>
        EnsureAsync(reference, new ModelFiles(part), cancel);

    /// <summary>Files of examples: those that the reference names; without any, all, if they are one set.</summary>
    /// <returns>The files' snapshot; <see cref="HubSnapshot.Reference"/> names a file or a pattern that stands for them below its folder.</returns>
    /// <exception cref="HubException">They cannot be had, or there are several sets (train and test, say) and the reference does not say which.</exception>
    /// <inheritdoc cref="ModelAsync"/>
    public async Task<HubSnapshot> ExamplesAsync(HubReference reference, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        HubSnapshot snapshot = await EnsureAsync(reference, new OneSetOfExamples(), cancel).ConfigureAwait(false);
        return reference.Files is null ? snapshot with { Reference = snapshot.Reference with { Files = snapshot.Sets[0] } } : snapshot;
    }

    /// <summary>Asks the hub what the revision stands for now, and downloads what is not here yet.</summary>
    /// <param name="reference">A model, or a data set.</param>
    /// <param name="files">Names or patterns of the files wanted; empty for what LeanTune reads of such a repository.</param>
    /// <param name="cancel">Stops; what was downloaded is continued next time.</param>
    /// <exception cref="HubException">It cannot be had.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> stopped it.</exception>
    public Task<HubSnapshot> UpdateAsync(HubReference reference, IReadOnlyList<string> files, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(files);
        string[] named = reference.Files is { } file ? [.. files, file] : [.. files];
        FileChoice choice = named.Length > 0 ? new NamedFiles(named) : reference.Kind == HubKind.Dataset ? new DatasetFiles() : new ModelFiles(ModelPart.Weights);
        return options.Offline ? EnsureAsync(reference, choice, cancel) : FetchAsync(new HubCache(options, reference), reference, reference.Revision, choice, cancel);
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private async Task<HubSnapshot> EnsureAsync(HubReference reference, FileChoice choice, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(reference);
        HubCache cache = new(options, reference);
        string? commit = cache.CommitOf(reference.Revision);
        if (commit is not null && Here(cache, reference, commit, choice) is { } here)
            return here;
        if (options.Offline)
            throw new HubException($"{reference}: {(commit is null ? "is" : "some of its files are")} not on this machine (looked in '{options.Cache}'), and the network is to be left alone (--offline, HF_HUB_OFFLINE): "
                + $"download it where there is one: leantune download {(reference.Kind == HubKind.Dataset ? "--dataset " : "")}{reference.ToString()[HubReference.Prefix.Length..]}");
        return await FetchAsync(cache, reference, commit ?? reference.Revision, choice, cancel).ConfigureAwait(false);
    }

    /// <summary>What is on this machine, if that is all.</summary>
    private HubSnapshot? Here(HubCache cache, HubReference reference, string commit, FileChoice choice)
    {
        IReadOnlyList<string> here = cache.FilesOf(commit);
        if (cache.ListingOf(commit) is { } all)
        {
            IReadOnlyList<string> wanted = choice.Choose(reference, all);
            return wanted.All(here.Contains) ? Snapshot(cache, reference, commit, wanted) : null;
        }

        // Another program downloaded it, and did not note what else there is.
        if (choice.IsEnough(reference, here))
            return Snapshot(cache, reference, commit, choice.Choose(reference, here));
        if (!options.Offline || here.Count == 0 || reference.Kind != HubKind.Dataset)
            return null;
        _publish(new HubNotice($"{reference}: another program downloaded it, so its files on this machine may not be all"));
        return Snapshot(cache, reference, commit, choice.Choose(reference, here));
    }

    private async Task<HubSnapshot> FetchAsync(HubCache cache, HubReference reference, string revision, FileChoice choice, CancellationToken cancel)
    {
        HubReference asked = reference with { Revision = revision };
        HubListing listing = await new Patience(options, _publish).TryAsync(() => HubListing.AskAsync(_connection, asked, options, cancel), cancel).ConfigureAwait(false);
        IReadOnlyList<string> wanted = choice.Choose(reference, listing.Names);
        List<RemoteFile> missing = [];
        foreach (string name in wanted.Where(name => !cache.Has(listing.Commit, name)))
            missing.Add(await new Patience(options, _publish).TryAsync(() => RemoteFile.AskAsync(_connection, reference, listing.Commit, name, options, cancel), cancel).ConfigureAwait(false));
        try
        {
            await DownloadAsync(cache, reference, listing.Commit, missing, cancel).ConfigureAwait(false);
            using (await BlobLock.TakeAsync(cache.LockOfNotes, "the same repository", options, _publish, cancel).ConfigureAwait(false))
            {
                cache.SetListing(listing);
                // Last, so that a name never stands for a commit that is not here.
                cache.SetCommit(reference.Revision, listing.Commit);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HubException($"{reference}: cannot be written to '{options.Cache}': {e.Message.TrimEnd('.')}. Another folder is named with HF_HUB_CACHE.", e);
        }

        return Snapshot(cache, reference, listing.Commit, wanted);
    }

    private async Task DownloadAsync(HubCache cache, HubReference reference, string commit, List<RemoteFile> files, CancellationToken cancel)
    {
        if (files.Count == 0)
            return;
        RemoteFile[] absent = [.. files.DistinctBy(file => file.Hash).Where(file => !File.Exists(cache.BlobOf(file)))];
        long bytes = absent.Sum(file => file.Size), here = absent.Sum(file => Math.Min(file.Size, PartialBlob.LengthOf(cache.BlobOf(file))));
        if (options.FreeBytes(options.Cache) is { } free && free < bytes - here)
            throw new HubException($"{reference}: {Size(bytes - here)} are to be downloaded, and '{options.Cache}' has room for {Size(free)}: make room, or name a folder on another disk with HF_HUB_CACHE.");
        _publish(new DownloadPlanned($"{reference with { Revision = commit, Files = null }}", files.Count, bytes, here));
        cache.Prepare();
        foreach (RemoteFile file in files)
        {
            cancel.ThrowIfCancellationRequested();
            string blob = cache.BlobOf(file);
            using (await BlobLock.TakeAsync(cache.LockOf(file), file.Name, options, _publish, cancel).ConfigureAwait(false))
            {
                // While this process waited, another may have finished.
                bool isNew = !File.Exists(blob) && !cache.Has(commit, file.Name);
                if (isNew)
                    await new BlobDownload(_connection, reference, file, options, _publish).RunAsync(blob, cancel).ConfigureAwait(false);
                if (!cache.Has(commit, file.Name))
                    cache.Place(commit, file, isNew);
            }

            _publish(new FileCompleted(file.Name, file.Size));
        }
    }

    private static HubSnapshot Snapshot(HubCache cache, HubReference reference, string commit, IReadOnlyList<string> files) =>
        new(reference with { Revision = commit }, cache.SnapshotOf(commit), files);

    private static string Size(long bytes) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{(bytes < 1e9 ? bytes / 1e6 : bytes / 1e9):0.0} {(bytes < 1e9 ? "MB" : "GB")}");
}
