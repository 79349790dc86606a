namespace LeanTune.Hub;

/// <summary>Where the hub is, where its files are kept on this machine, and how patiently it is asked.</summary>
public sealed record HubOptions
{
    /// <summary>The hub's address.</summary>
    /// <value>Default https://huggingface.co.</value>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>The folder that holds what was downloaded, in the hub's usual layout, so that other programs find it and what they downloaded is found.</summary>
    public required string Cache { get; init; }

    /// <summary>Access token, for repositories that are private or gated. Sent to <see cref="Endpoint"/> and to no other host.</summary>
    /// <value>Default null.</value>
    public string? Token { get; init; }

    /// <summary>Whether the network is left alone: what is not in <see cref="Cache"/> is an error.</summary>
    /// <value>Default false.</value>
    public bool Offline { get; init; }

    /// <summary>How often something is asked for before it counts as failed; a download that advances has as many again.</summary>
    /// <value>Default 5.</value>
    public int Attempts { get; init; } = 5;

    /// <summary>How long a connection may be silent before it counts as lost.</summary>
    /// <value>Default 30 seconds.</value>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Waits between attempts, and for other processes.</summary>
    internal Func<TimeSpan, CancellationToken, Task> Wait { get; init; } = Task.Delay;

    /// <summary>Tells the time that a server's Retry-After may be given in.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Bytes free where a folder lies; null when that cannot be told.</summary>
    internal Func<string, long?> FreeBytes { get; init; } = DiskSpace.FreeBytes;

    /// <summary>Makes a symbolic link: where it stands, and what it names.</summary>
    internal Action<string, string> Link { get; init; } = static (link, target) => File.CreateSymbolicLink(link, target);

    /// <summary>What the variables say that the hub's own tools follow; docs/hub.md lists them.</summary>
    /// <exception cref="HubException">HF_ENDPOINT is no address.</exception>
    public static HubOptions FromEnvironment() => HubEnvironment.Read(Environment.GetEnvironmentVariable);

    /// <summary>Address and cache; never the token.</summary>
    public override string ToString() => $"{Endpoint} ({Cache})";
}
