namespace LeanTune.Hub;

/// <summary>Files of a repository at one commit, on this machine.</summary>
/// <param name="Reference">The repository at the commit.</param>
/// <param name="Folder">Full path of the folder that the files lie in. Whatever else is there of the commit lies beside them.</param>
/// <param name="Files">The names of those that were asked for, with slashes between folders.</param>
public sealed record HubSnapshot(HubReference Reference, string Folder, IReadOnlyList<string> Files)
{
    /// <summary>The sets that the files form, as names and patterns: shards of one set (<c>train-00000-of-00002.parquet</c>) count as one.</summary>
    public IReadOnlyList<string> Sets => DatasetFiles.Sets(Files);
}
