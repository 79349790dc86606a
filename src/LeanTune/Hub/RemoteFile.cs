namespace LeanTune.Hub;

/// <summary>A file of a repository as the hub describes it before it is downloaded.</summary>
/// <param name="Name">Name in the repository.</param>
/// <param name="Address">Where it is asked for.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Hash">SHA-256 of a large file (64 digits), or the git hash of a small one (40 digits): the name of its blob in the cache.</param>
internal sealed record RemoteFile(string Name, Uri Address, long Size, string Hash)
{
    private const string LinkedHash = "X-Linked-ETag";
    private const string LinkedSize = "X-Linked-Size";

    /// <summary>Asks the hub, not the store that large files lie in.</summary>
    /// <exception cref="PassingException">The hub cannot be reached, or is busy.</exception>
    /// <exception cref="HubException">There is no such file, or it is not described.</exception>
    public static async Task<RemoteFile> AskAsync(HubConnection connection, HubReference reference, string commit, string name, HubOptions options, CancellationToken cancel)
    {
        string kind = reference.Kind == HubKind.Dataset ? "datasets/" : "";
        string path = string.Join('/', name.Split('/').Select(Uri.EscapeDataString));
        Uri address = connection.At($"{kind}{reference.Id}/resolve/{commit}/{path}");
        using HttpResponseMessage response = await connection.SendAsync(HttpMethod.Head, address, 0, static answer => answer.Headers.Contains(LinkedHash), cancel).ConfigureAwait(false);
        string? linked = Header(response, LinkedHash);
        if (!response.IsSuccessStatusCode && linked is null)
            throw HubRefusal.Of(response, reference, name, options);

        string hash = Plain(linked ?? response.Headers.ETag?.Tag ?? Header(response, "ETag"));
        if (!BlobHash.IsKnown(hash))
            throw new HubException($"{reference with { Files = null }}: {name}: {address.Host} gives no hash to check the file by (ETag '{hash}'); is it a hub?");
        long? size = Header(response, LinkedSize) is { } text && long.TryParse(text, out long bytes) ? bytes : response.IsSuccessStatusCode ? response.Content.Headers.ContentLength : null;
        return size >= 0 ? new(name, address, size.Value, hash) : throw new HubException($"{reference with { Files = null }}: {name}: {address.Host} does not say how large the file is.");
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;

    // "abc", W/"abc" and abc are the same.
    private static string Plain(string? tag) => (tag ?? "").Replace("W/", "", StringComparison.Ordinal).Trim('"', ' ').ToLowerInvariant();
}
