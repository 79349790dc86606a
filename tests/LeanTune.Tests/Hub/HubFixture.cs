using System.Text;
using LeanTune.Hub;

namespace LeanTune.Tests.Hub;

/// <summary>A hub with a small model, an empty cache, and a client whose waits take no time and are noted.</summary>
internal sealed class HubFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public HubFixture()
    {
        Model = Server.Add("models/owner/name", [.. SmallFiles, ("model.safetensors", Weights), ("pytorch_model.bin", Text("no")), ("onnx/model.onnx", Text("no")), ("README.md", Text("no"))]);
        Options = new HubOptions
        {
            Endpoint = Server.Address,
            Cache = Cache,
            Wait = (time, _) =>
            {
                Waits.Add(time);
                return Task.CompletedTask;
            },
        };
    }

    public static (string Name, byte[] Bytes)[] SmallFiles { get; } =
    [
        ("config.json", Text("{\"model_type\": \"llama\"}")), ("generation_config.json", Text("{}")), ("tokenizer.json", Text("{\"version\": \"1.0\"}")),
        ("additional_chat_templates/tools.jinja", Text("{{ 1 }}")),
    ];

    /// <summary>Three pieces of what a client reads at once, and a bit: so large that an advance counts.</summary>
    public static byte[] Weights { get; } = Random(2_500_000, 1);

    public static HubReference Reference { get; } = HubReference.Parse("owner/name", HubKind.Model);

    public HubServer Server { get; } = new();

    public HubRepository Model { get; }

    public HubOptions Options { get; set; }

    public List<TimeSpan> Waits { get; } = [];

    public List<HubEvent> Events { get; } = [];

    public string Cache => _folder.File("hub");

    public string Repository => Path.Combine(Cache, "models--owner--name");

    public string Blob => Path.Combine(Repository, "blobs", HubServer.Sha256(Weights));

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] Random(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Asks for the model, with a client of its own.</summary>
    public async Task<string> FetchAsync(ModelPart part = ModelPart.Weights, CancellationToken cancel = default)
    {
        using HubClient client = new(Options, Events.Add);
        return (await client.ModelAsync(Reference, part, cancel)).Folder;
    }

    /// <summary>Asks what is new, with a client of its own.</summary>
    public async Task<HubSnapshot> UpdateAsync(HubReference? reference = null, params string[] files)
    {
        using HubClient client = new(Options, Events.Add);
        return await client.UpdateAsync(reference ?? Reference, files);
    }

    /// <summary>Asks for the model in vain.</summary>
    /// <returns>What is said about it.</returns>
    public async Task<string> FailAsync() => (await Should.ThrowAsync<HubException>(() => FetchAsync())).Message;

    /// <summary>What was asked of the store, where large files lie.</summary>
    public string[] AskedOfStore() => [.. Server.Requests.Where(request => request.Path.StartsWith("/store/", StringComparison.Ordinal)).Select(request => request.From is { } from ? $"from {from}" : "whole")];

    /// <summary>Answers requests to the store otherwise: the first ones by their turn, the rest truly.</summary>
    public void Store(params Func<HubRequest, HubAnswer, HubAnswer>[] turns)
    {
        int turn = 0;
        Server.Instead = (request, own) => request.Path.StartsWith("/store/", StringComparison.Ordinal) && turn < turns.Length ? turns[turn++](request, own) : null;
    }

    public void Dispose()
    {
        Server.Dispose();
        _folder.Dispose();
    }
}
