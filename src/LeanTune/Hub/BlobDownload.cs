using System.Net;

namespace LeanTune.Hub;

/// <summary>Brings one file of the hub to the disk: continued where it broke off, as often as it advances, and checked by length and hash.</summary>
internal sealed class BlobDownload(HubConnection connection, HubReference reference, RemoteFile file, HubOptions options, Action<HubEvent> publish)
{
    /// <summary>What a broken download must have gained for its attempts to be given back: a server that sends a little each time is given up.</summary>
    private const long Advance = 1 << 20;

    /// <summary>A file that came whole with the wrong hash is asked for once more: the start may have been another file's.</summary>
    private const int MostWrong = 2;

    private string What => $"{reference with { Files = null }}: {file.Name}";

    /// <summary>Downloads the file to where it is complete or not there at all.</summary>
    /// <param name="blob">Full path of the blob.</param>
    /// <param name="cancel">Stops; what is there is continued next time.</param>
    /// <exception cref="HubException">It cannot be had, is not what the hub says, or cannot be written.</exception>
    public async Task RunAsync(string blob, CancellationToken cancel)
    {
        try
        {
            using PartialBlob partial = new(blob, file);
            await FillAsync(partial, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HubException($"{What}: cannot be written to '{Path.GetDirectoryName(blob)}': {e.Message.TrimEnd('.')}. What was downloaded is kept: the same command continues it.", e);
        }
    }

    private async Task FillAsync(PartialBlob partial, CancellationToken cancel)
    {
        Patience patience = new(options, publish);
        long furthest = partial.Length;
        for (int wrong = 0; ;)
        {
            try
            {
                if (partial.Length < file.Size)
                    await ReceiveAsync(partial, cancel).ConfigureAwait(false);
                if (partial.TryComplete())
                    return;
                if (++wrong >= MostWrong)
                    throw new HubException($"{What}: what comes has not the hash that the hub names ({file.Hash}); nothing of it is kept. A proxy or mirror may have changed it: look at HF_ENDPOINT.");
                publish(new HubNotice($"{What}: has not the hash that the hub names; it is downloaded again"));
            }
            catch (PassingException failure)
            {
                if (partial.Length >= furthest + Advance)
                {
                    furthest = partial.Length;
                    patience.Renew();
                }

                await patience.AfterAsync(failure, cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task ReceiveAsync(PartialBlob partial, CancellationToken cancel)
    {
        using HttpResponseMessage response = await connection.SendAsync(HttpMethod.Get, file.Address, partial.Length, null, cancel).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            partial.Restart();
            throw new PassingException($"{What}: the server cannot continue the file, so it is begun again");
        }

        if (!response.IsSuccessStatusCode)
            throw HubRefusal.Of(response, reference, file.Name, options);
        CheckRange(partial, response);
        Stream body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
            await ReceiveAsync(partial, body, cancel).ConfigureAwait(false);
    }

    private async Task ReceiveAsync(PartialBlob partial, Stream body, CancellationToken cancel)
    {
        byte[] buffer = new byte[1 << 17];
        int read;
        while ((read = await ReadAsync(body, buffer, cancel).ConfigureAwait(false)) > 0)
        {
            if (partial.Length + read > file.Size)
            {
                partial.Restart();
                throw new PassingException($"{What}: more comes than the {file.Size} bytes that the hub names");
            }

            partial.Append(buffer.AsSpan(0, read));
            publish(new FileAdvanced(file.Name, partial.Length, file.Size));
        }

        if (partial.Length < file.Size)
            throw new PassingException($"{What}: broke off after {partial.Length} of {file.Size} bytes");
    }

    private async Task<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancel)
    {
        try
        {
            return await connection.ReadAsync(body, buffer, cancel).ConfigureAwait(false);
        }
        catch (PassingException e)
        {
            throw new PassingException($"{What}: {e.Message}", cause: e);
        }
    }

    /// <summary>Holds what the server says it sends against what was asked for.</summary>
    private void CheckRange(PartialBlob partial, HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.PartialContent)
        {
            // It sends the whole, asked for a part or not.
            partial.Restart();
            if (response.Content.Headers.ContentLength is { } length && length != file.Size)
                throw new PassingException($"{What}: the server sends {length} bytes, and the hub names {file.Size}");
            return;
        }

        if (response.Content.Headers.ContentRange is not { } range || range.From != partial.Length || (range.Length ?? file.Size) != file.Size)
        {
            long asked = partial.Length;
            partial.Restart();
            throw new PassingException($"{What}: the server sends another part of the file than was asked for ({response.Content.Headers.ContentRange?.ToString() ?? "no range"}; asked: from {asked} of {file.Size})");
        }
    }
}
