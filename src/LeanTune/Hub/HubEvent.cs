namespace LeanTune.Hub;

/// <summary>Something that happened while files were fetched. Observers receive events on the thread that fetches; they cannot change it.</summary>
public abstract record HubEvent;

/// <summary>It is known what will be downloaded.</summary>
/// <param name="Repository">The repository at its commit, as a path: <c>hub:owner/name@commit</c>.</param>
/// <param name="Files">Files to download; those on disk already are left out.</param>
/// <param name="Bytes">Their size together.</param>
/// <param name="BytesHere">How much of that earlier downloads left on disk.</param>
public sealed record DownloadPlanned(string Repository, int Files, long Bytes, long BytesHere) : HubEvent;

/// <summary>A part of a file arrived.</summary>
/// <param name="File">Name in the repository.</param>
/// <param name="Bytes">Bytes of the file on disk, from its start; less than before where it had to be begun again.</param>
/// <param name="Size">Bytes of the whole file.</param>
public sealed record FileAdvanced(string File, long Bytes, long Size) : HubEvent;

/// <summary>A file is complete, its hash checked, and in its place.</summary>
/// <param name="File">Name in the repository.</param>
/// <param name="Size">Bytes.</param>
public sealed record FileCompleted(string File, long Size) : HubEvent;

/// <summary>Nothing advances for now.</summary>
/// <param name="Reason">Why, for people.</param>
/// <param name="Wait">How long until the next attempt.</param>
public sealed record DownloadWaits(string Reason, TimeSpan Wait) : HubEvent;

/// <summary>Something that the user should know.</summary>
/// <param name="Message">For people.</param>
public sealed record HubNotice(string Message) : HubEvent;
