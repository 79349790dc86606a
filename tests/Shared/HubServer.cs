using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LeanTune.Tests;

/// <summary>A hub on this machine: repositories in memory, small files answered at once, large ones from a store under another host name; and whatever a test makes go wrong.</summary>
internal sealed class HubServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<string, HubRepository> _repositories = new();
    private readonly ConcurrentDictionary<string, byte[]> _store = new();

    public HubServer()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The hub's address; the store is at <c>localhost</c>, which is another host to a client.</summary>
    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Everything that was asked, in order.</summary>
    public ConcurrentQueue<HubRequest> Requests { get; } = new();

    /// <summary>Answers in the hub's place; null for the hub's own answer, which is handed in.</summary>
    public Func<HubRequest, HubAnswer, HubAnswer?> Instead { get; set; } = static (_, _) => null;

    /// <summary>Puts up a repository; the path is <c>models/owner/name</c> or <c>datasets/owner/name</c>.</summary>
    public HubRepository Add(string path, params (string Name, byte[] Bytes)[] files)
    {
        HubRepository repository = new(path, files);
        _repositories[path] = repository;
        foreach ((_, byte[] bytes) in files)
            _store[Sha256(bytes)] = bytes;
        return repository;
    }

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static string GitHash(byte[] bytes) => Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.SHA1, [.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));

    public void Dispose() => _listener.Stop();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                NetworkStream stream = client.GetStream();
                using StreamReader reader = new(stream, Encoding.Latin1, leaveOpen: true);
                string[] line = (await reader.ReadLineAsync() ?? "").Split(' ');
                Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
                while (await reader.ReadLineAsync() is { Length: > 0 } header)
                    headers[header.Split(':')[0]] = header[(header.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
                HubRequest request = new(line[0], line[1], headers);
                Requests.Enqueue(request);
                HubAnswer own = Own(request);
                await SendAsync(stream, request, Instead(request, own) ?? own);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client left.
        }
    }

    private static async Task SendAsync(NetworkStream stream, HubRequest request, HubAnswer answer)
    {
        if (answer.Silent)
        {
            await stream.ReadExactlyAsync(new byte[1]);
            return;
        }

        StringBuilder head = new($"HTTP/1.1 {answer.Status} x\r\nConnection: close\r\n");
        foreach ((string name, string value) in answer.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (answer.SaysLength)
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {answer.Length ?? answer.Body.Length}\r\n");
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()));
        if (request.Method != "HEAD")
            await stream.WriteAsync(answer.Body.AsMemory(0, Math.Min(answer.Body.Length, answer.BreaksAfter ?? int.MaxValue)));
    }

    private HubAnswer Own(HubRequest request)
    {
        string[] parts = [.. request.Path.Trim('/').Split('/').Select(Uri.UnescapeDataString)];
        return parts switch
        {
            ["api", var kind, var owner, var name, "revision", var revision] => Listing($"{kind}/{owner}/{name}", revision),
            ["datasets", var owner, var name, "resolve", var commit, .. var file] => File($"datasets/{owner}/{name}", commit, string.Join('/', file)),
            [var owner, var name, "resolve", var commit, .. var file] => File($"models/{owner}/{name}", commit, string.Join('/', file)),
            ["store", var hash] when _store.TryGetValue(hash, out byte[]? bytes) => Part(request, bytes, []),
            _ => HubAnswer.Error(404),
        };

        HubAnswer Listing(string path, string revision) => !_repositories.TryGetValue(path, out HubRepository? found) ? HubAnswer.Error(401, ("X-Error-Code", "RepoNotFound"))
            : revision != "main" && revision != found.Commit ? HubAnswer.Error(404, ("X-Error-Code", "RevisionNotFound"))
            : new HubAnswer { Body = JsonSerializer.SerializeToUtf8Bytes(new { sha = found.Commit, siblings = found.Files.Select(file => new { rfilename = file.Name }) }) };

        HubAnswer File(string path, string commit, string name)
        {
            if (!_repositories.TryGetValue(path, out HubRepository? found) || commit != found.Commit || found.Files.All(file => file.Name != name))
                return HubAnswer.Error(404, ("X-Error-Code", "EntryNotFound"));
            byte[] bytes = found.Files.First(file => file.Name == name).Bytes;
            return HubRepository.IsLarge(name)
                ? new HubAnswer
                {
                    Status = 302,
                    Headers = [("Location", $"http://localhost:{Address.Port}/store/{Sha256(bytes)}"), ("X-Linked-ETag", $"\"{Sha256(bytes)}\""), ("X-Linked-Size", $"{bytes.Length}"), ("X-Repo-Commit", commit)],
                }
                : Part(request, bytes, [("ETag", $"W/\"{GitHash(bytes)}\""), ("X-Repo-Commit", commit)]);
        }
    }

    private static HubAnswer Part(HubRequest request, byte[] bytes, (string, string)[] headers)
    {
        if (request.From is not { } from)
            return new() { Headers = headers, Body = bytes };
        return from >= bytes.Length
            ? HubAnswer.Error(416)
            : new() { Status = 206, Headers = [.. headers, ("Content-Range", $"bytes {from}-{bytes.Length - 1}/{bytes.Length}")], Body = bytes[from..] };
    }
}

/// <summary>A repository of a <see cref="HubServer"/>.</summary>
internal sealed record HubRepository(string Path, IReadOnlyList<(string Name, byte[] Bytes)> Files)
{
    /// <summary>Another one for other files.</summary>
    public string Commit { get; } = Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.SHA1, [.. Files.SelectMany(file => Encoding.UTF8.GetBytes(file.Name).Concat(file.Bytes))]));

    public static bool IsLarge(string name) => name.EndsWith(".safetensors", StringComparison.Ordinal) || name.EndsWith(".parquet", StringComparison.Ordinal);
}

/// <summary>What a client asked.</summary>
internal sealed record HubRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>First byte wanted, or null for all.</summary>
    public int? From => Headers.TryGetValue("Range", out string? range) ? int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture) : null;

    public override string ToString() => $"{Method} {Path}{(From is { } from ? $" from {from}" : "")}";
}

/// <summary>What a server answers.</summary>
internal sealed record HubAnswer
{
    public int Status { get; init; } = 200;

    public (string Name, string Value)[] Headers { get; init; } = [];

    public byte[] Body { get; init; } = [];

    /// <summary>The length that the server says, where it is not the body's.</summary>
    public long? Length { get; init; }

    /// <summary>Whether it says any.</summary>
    public bool SaysLength { get; init; } = true;

    /// <summary>Where the body breaks off.</summary>
    public int? BreaksAfter { get; init; }

    /// <summary>Whether there is no answer at all.</summary>
    public bool Silent { get; init; }

    public static HubAnswer Error(int status, params (string, string)[] headers) => new() { Status = status, Headers = headers };
}
