using LeanTune.Checkpoints;
using LeanTune.Hub;
using static LeanTune.Tests.Hub.HubFixture;

namespace LeanTune.Tests.Hub;

/// <summary>What was downloaded lies where the hub's tools look for it, and what they downloaded is found.</summary>
public class HubCacheTests
{
    [Fact]
    public async Task A_model_lands_in_the_hubs_layout_with_only_the_files_needed()
    {
        using HubFixture hub = new();
        string folder = await hub.FetchAsync();

        folder.ShouldBe(Path.Combine(hub.Repository, "snapshots", hub.Model.Commit));
        File.ReadAllText(Path.Combine(hub.Repository, "refs", "main")).ShouldBe(hub.Model.Commit);
        foreach ((string name, byte[] bytes) in SmallFiles)
            File.ReadAllBytes(Path.Combine(hub.Repository, "blobs", HubServer.GitHash(bytes))).ShouldBe(bytes, name);
        File.ReadAllBytes(hub.Blob).ShouldBe(Weights);
        new FileInfo(Path.Combine(folder, "model.safetensors")).LinkTarget.ShouldBe(Path.Combine("..", "..", "blobs", HubServer.Sha256(Weights)));
        new FileInfo(Path.Combine(folder, "additional_chat_templates", "tools.jinja")).LinkTarget.ShouldBe(Path.Combine("..", "..", "..", "blobs", HubServer.GitHash(SmallFiles[3].Bytes)));
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal)
            .ShouldBe(SmallFiles.Select(file => file.Name).Append("model.safetensors").Order(StringComparer.Ordinal));
        Directory.EnumerateFiles(hub.Cache, "*" + PartialBlob.Suffix, SearchOption.AllDirectories).ShouldBeEmpty();
        hub.Events.OfType<DownloadPlanned>().Single().ShouldBe(new DownloadPlanned($"hub:owner/name@{hub.Model.Commit}", 5, Weights.Length + SmallFiles.Sum(file => file.Bytes.Length), 0));
        hub.Events.OfType<FileCompleted>().Count().ShouldBe(5);
        using HubFolder opened = HubFolder.Open(folder);
        opened.Config.GetProperty("model_type").GetString().ShouldBe("llama");
    }

    [Fact]
    public async Task What_is_here_needs_no_network()
    {
        using HubFixture hub = new();
        string folder = await hub.FetchAsync();
        hub.Server.Requests.Clear();
        (await hub.FetchAsync()).ShouldBe(folder);
        hub.Options = hub.Options with { Offline = true };
        (await hub.FetchAsync()).ShouldBe(folder);
        hub.Server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_model_that_another_program_downloaded_is_found()
    {
        using HubFixture hub = new();
        string commit = new('a', 40), snapshot = Path.Combine(hub.Repository, "snapshots", commit);
        Directory.CreateDirectory(snapshot);
        Directory.CreateDirectory(Path.Combine(hub.Repository, "blobs"));
        Directory.CreateDirectory(Path.Combine(hub.Repository, "refs"));
        File.WriteAllText(Path.Combine(hub.Repository, "refs", "main"), commit);
        foreach ((string name, string blob) in new[] { ("config.json", "c1"), ("tokenizer.json", "c2"), ("model.safetensors", "c3") })
        {
            File.WriteAllText(Path.Combine(hub.Repository, "blobs", blob), "{}");
            File.CreateSymbolicLink(Path.Combine(snapshot, name), Path.Combine("..", "..", "blobs", blob));
        }

        (await hub.FetchAsync()).ShouldBe(snapshot);
        hub.Server.Requests.ShouldBeEmpty();

        // A link to nothing is no file: what it named is fetched, here from a hub that has only another commit.
        File.Delete(Path.Combine(hub.Repository, "blobs", "c3"));
        (await hub.FailAsync()).ShouldContain($"no revision '{commit}'");
        (await hub.UpdateAsync()).Folder.ShouldEndWith(hub.Model.Commit);
        (await hub.FetchAsync()).ShouldEndWith(hub.Model.Commit);
    }

    [Fact]
    public async Task Parts_come_when_they_are_needed_and_from_the_same_commit()
    {
        using HubFixture hub = new();
        string folder = await hub.FetchAsync(ModelPart.Config);
        Directory.EnumerateFiles(folder).Select(Path.GetFileName).ShouldBe(["config.json"]);
        hub.Server.Requests.Clear();
        (await hub.FetchAsync()).ShouldBe(folder);
        hub.Server.Requests.First().ToString().ShouldBe($"GET /api/models/owner/name/revision/{hub.Model.Commit}");
        hub.Server.Requests.ShouldNotContain(request => request.Path.EndsWith("/config.json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_name_stands_for_its_commit_until_it_is_asked_anew()
    {
        using HubFixture hub = new();
        string old = await hub.FetchAsync();
        HubRepository changed = hub.Server.Add("models/owner/name", [.. SmallFiles[1..], ("config.json", Text("{\"model_type\": \"qwen3\"}")), ("model.safetensors", Weights)]);
        (await hub.FetchAsync()).ShouldBe(old);

        hub.Server.Requests.Clear();
        string next = (await hub.UpdateAsync()).Folder;
        next.ShouldEndWith(changed.Commit);
        hub.AskedOfStore().ShouldBeEmpty(); // the weights are the same
        (await hub.FetchAsync()).ShouldBe(next);
        File.ReadAllText(Path.Combine(old, "config.json")).ShouldContain("llama");
    }

    [Fact]
    public async Task Offline_says_what_is_absent_and_how_to_get_it()
    {
        using HubFixture hub = new();
        hub.Options = hub.Options with { Offline = true };
        (await hub.FailAsync()).ShouldContain("leantune download owner/name");
        hub.Server.Requests.ShouldBeEmpty();
        Directory.Exists(hub.Cache).ShouldBeFalse();
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(UnauthorizedAccessException))]
    public async Task Without_links_the_files_themselves_lie_in_the_snapshot(Type failure)
    {
        using HubFixture hub = new();
        hub.Options = hub.Options with { Link = (_, _) => throw (Exception)Activator.CreateInstance(failure)! };
        string folder = await hub.FetchAsync();
        FileInfo weights = new(Path.Combine(folder, "model.safetensors"));
        (weights.LinkTarget, weights.Length).ShouldBe((null, Weights.Length));
        File.Exists(hub.Blob).ShouldBeFalse(); // not twice on the disk
        hub.Server.Requests.Clear();
        (await hub.FetchAsync()).ShouldBe(folder);
        hub.Server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Examples_of_one_set_are_named_by_a_pattern()
    {
        using HubFixture hub = new();
        hub.Server.Add("datasets/o/d", ("README.md", Text("#")), ("data/train-00000-of-00002.parquet", Text("PAR1a")), ("data/train-00001-of-00002.parquet", Text("PAR1b")));
        using HubClient client = new(hub.Options);
        HubSnapshot snapshot = await client.ExamplesAsync(HubReference.Parse("o/d", HubKind.Dataset));
        snapshot.Reference.Files.ShouldBe("data/train-*.parquet");
        snapshot.Files.Count.ShouldBe(2);
        File.ReadAllText(Path.Combine(snapshot.Folder, "data", "train-00001-of-00002.parquet")).ShouldBe("PAR1b");
        hub.Server.Requests.Clear();
        (await client.ExamplesAsync(HubReference.Parse("o/d", HubKind.Dataset))).Files.ShouldBe(snapshot.Files);
        hub.Server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_that_want_the_same_file_download_it_once()
    {
        using HubFixture hub = new();
        hub.Options = hub.Options with { Wait = static (_, cancel) => Task.Delay(1, cancel) };
        string[] folders = await Task.WhenAll(Task.Run(() => hub.FetchAsync()), Task.Run(() => hub.FetchAsync()));
        folders[0].ShouldBe(folders[1]);
        hub.AskedOfStore().ShouldBe(["whole"]);
        File.ReadAllBytes(hub.Blob).ShouldBe(Weights);
    }
}
