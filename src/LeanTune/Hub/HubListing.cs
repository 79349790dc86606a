using System.Text.Json;

namespace LeanTune.Hub;

/// <summary>What a revision of a repository is: its commit, and the names of all files.</summary>
/// <param name="Commit">40 hexadecimal digits.</param>
/// <param name="Names">With slashes between folders; none leads out of the repository.</param>
internal sealed record HubListing(string Commit, IReadOnlyList<string> Names)
{
    /// <summary>Far more than the largest repositories need.</summary>
    private const int MostBytes = 256 << 20;

    /// <summary>Asks the hub.</summary>
    /// <exception cref="PassingException">The hub cannot be reached, or is busy.</exception>
    /// <exception cref="HubException">There is no such revision, or the answer is none.</exception>
    public static async Task<HubListing> AskAsync(HubConnection connection, HubReference reference, HubOptions options, CancellationToken cancel)
    {
        string kind = reference.Kind == HubKind.Dataset ? "datasets" : "models";
        Uri address = connection.At($"api/{kind}/{reference.Id}/revision/{Uri.EscapeDataString(reference.Revision)}");
        using HttpResponseMessage response = await connection.SendAsync(HttpMethod.Get, address, 0, null, cancel).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw HubRefusal.Of(response, reference, null, options);
        using MemoryStream text = new();
        Stream body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            byte[] buffer = new byte[1 << 16];
            int read;
            while ((read = await connection.ReadAsync(body, buffer, cancel).ConfigureAwait(false)) > 0)
            {
                text.Write(buffer, 0, read);
                if (text.Length > MostBytes)
                    throw new HubException($"{reference}: the hub's list of files does not end.");
            }
        }

        return Parse(reference, text.ToArray(), options.Endpoint.Host);
    }

    private static HubListing Parse(HubReference reference, byte[] text, string host)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            string commit = json.RootElement.GetProperty("sha").GetString() ?? "";
            string[] names = [.. json.RootElement.GetProperty("siblings").EnumerateArray().Select(file => file.GetProperty("rfilename").GetString() ?? "")];
            if (!HubReference.IsCommitHash(commit))
                throw new HubException($"{reference}: {host} names no commit; is it a hub?");
            if (names.FirstOrDefault(name => !HubReference.IsSafePath(name)) is { } unsafeName)
                throw new HubException($"{reference}: refused, because one of its files would lie outside its folder: '{Checkpoints.CheckpointFormatException.Shorten(unsafeName)}'.");
            return new(commit, names);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new HubException($"{reference}: {host} does not answer as a hub does; check HF_ENDPOINT and proxies.", e);
        }
    }
}
