using LeanTune.Hub;

namespace LeanTune.Cli.Hub;

/// <summary>Reads what a path into the hub's cache stands for.</summary>
internal static class HubCachePath
{
    private const string Models = "models--", Datasets = "datasets--";

    /// <summary>The name at its commit, <c>hub:owner/name@commit/files</c>; null for any other path.</summary>
    public static string? NameOf(string path, string cache)
    {
        string[] parts = Path.GetRelativePath(cache, path).Split(Path.DirectorySeparatorChar);
        if (parts is not [var repository, "snapshots", { Length: 40 } commit, .. var files])
            return null;
        string? id = repository.StartsWith(Models, StringComparison.Ordinal) ? repository[Models.Length..] : repository.StartsWith(Datasets, StringComparison.Ordinal) ? repository[Datasets.Length..] : null;
        return id is null ? null : $"{HubReference.Prefix}{id.Replace("--", "/", StringComparison.Ordinal)}@{commit}{string.Concat(files.Select(part => "/" + part))}";
    }
}
