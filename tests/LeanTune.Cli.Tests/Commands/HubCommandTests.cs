using System.Text;
using LeanTune.Hub;

namespace LeanTune.Cli.Tests.Commands;

/// <summary>Models and data sets of a hub on this machine, in every command that takes one.</summary>
public sealed class HubCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HubServer _server = new();
    private readonly HubRepository _model, _data;

    public HubCommandTests()
    {
        TinyModel.Prepare(_folder);
        (string, byte[]) FileOf(string name) => (name, File.ReadAllBytes(_folder.File($"base/{name}")));
        _model = _server.Add("models/some-owner/tiny", FileOf("config.json"), FileOf("tokenizer.json"), FileOf("tokenizer_config.json"), ("model.safetensors", Encoding.UTF8.GetBytes("not read here")));
        static byte[] Lines(int from) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(from, 20).Select(i => $$"""{"prompt": "How many? {{i}}", "completion": " There are {{i}}."}""" + "\n")));
        _data = _server.Add("datasets/some-owner/counts", ("README.md", []), ("train-00000-of-00002.jsonl", Lines(0)), ("train-00001-of-00002.jsonl", Lines(20)), ("test.jsonl", Lines(40)));
    }

    private HubOptions Hub => new() { Endpoint = _server.Address, Cache = _folder.File("hub") };

    [Fact]
    public void Download_says_where_the_model_lies_and_what_came()
    {
        ToolRun run = ToolRun.On(Hub, "download", "some-owner/tiny");
        run.Code.ShouldBe(ExitCode.Done, run.Error);
        string snapshot = Path.Combine(Hub.Cache, "models--some-owner--tiny", "snapshots", _model.Commit);
        run.Output.ReplaceLineEndings("\n").ShouldBe($"Model: hub:some-owner/tiny@{_model.Commit}\nFolder: {snapshot}\nIn a recipe: model: {{path: hub:some-owner/tiny}}\n");
        run.Error.ShouldContain("4 files,");
        run.Error.ShouldContain("model.safetensors 13 B");
        ToolRun.On(Hub, "download", "some-owner/tiny").Error.ShouldBeEmpty();
    }

    [Fact]
    public void Download_of_a_data_set_shows_its_sets_as_recipes_name_them()
    {
        ToolRun run = ToolRun.On(Hub, "download", "--dataset", "some-owner/counts");
        run.Code.ShouldBe(ExitCode.Done, run.Error);
        run.Output.ShouldContain("data: {train: \"hub:some-owner/counts/train-*.jsonl\"}");
        run.Output.ShouldContain("data: {train: \"hub:some-owner/counts/test.jsonl\"}");
    }

    [Fact]
    public void Download_takes_only_the_files_asked_for_and_a_folder_of_its_own()
    {
        ToolRun run = ToolRun.On(Hub, "download", "--dataset", "some-owner/counts", "--file", "te*", "--cache", _folder.File("own"));
        run.Code.ShouldBe(ExitCode.Done, run.Error);
        Directory.GetFiles(Path.Combine(_folder.File("own"), "datasets--some-owner--counts", "snapshots", _data.Commit)).Select(Path.GetFileName).ShouldBe(["test.jsonl"]);
        Directory.Exists(Hub.Cache).ShouldBeFalse();
    }

    [Fact]
    public void Estimate_takes_the_configuration_alone()
    {
        ToolRun run = ToolRun.On(Hub, "estimate", "some-owner/tiny");
        run.Code.ShouldBe(ExitCode.Done, run.Error);
        run.Output.ShouldContain("llama");
        _server.Requests.Where(request => request.Path.Contains("/resolve/", StringComparison.Ordinal)).ShouldAllBe(request => request.Path.EndsWith("/config.json", StringComparison.Ordinal));
    }

    [Fact]
    public void A_recipe_takes_model_and_examples_from_the_hub_and_leaves_the_weights_where_they_are_not_needed()
    {
        string recipe = _folder.File("hub.yaml");
        File.WriteAllText(recipe, """
            model: {path: some-owner/tiny}
            data: {train: "hub:some-owner/counts/train-*.jsonl", validation: "hub:some-owner/counts/test.jsonl"}
            output: runs/x
            """);
        ToolRun run = ToolRun.On(Hub, "inspect", "data", recipe, "--json");
        run.Code.ShouldBe(ExitCode.Done, run.Error);
        _server.Requests.ShouldNotContain(request => request.Path.StartsWith("/store/", StringComparison.Ordinal));
        _server.Requests.Clear();

        // Now all of it is here.
        ToolRun.On(Hub, "inspect", "data", recipe, "--json", "--offline").Output.ShouldBe(run.Output);
        _server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public void A_run_is_written_down_with_names_at_their_commits()
    {
        string recipe = _folder.File("hub.yaml");
        File.WriteAllText(recipe, $$"""
            model: {path: "hub:some-owner/tiny"}
            data: {train: "hub:some-owner/counts/train-*.jsonl"}
            output: {{_folder.File("run")}}
            """);
        using Spectre.Console.Testing.TestConsole console = new();
        using StringWriter error = new();
        LeanTune.Training.FineTuneOptions? given = null;
        CommandLine.Run(["train", recipe], console, error, (options, observer, _) =>
        {
            given = options;
            Directory.CreateDirectory(options.Output);
            observer(new LeanTune.Training.RunStarted("m", "p", 1, 1, 1, 1, 1, 0, "cpu"));
            return new LeanTune.Training.RunFinished(1, false, Path.Combine(options.Output, "adapter"));
        }, Hub).ShouldBe(ExitCode.Done, error.ToString());

        given!.Model.Path.ShouldBe(Path.Combine(Hub.Cache, "models--some-owner--tiny", "snapshots", _model.Commit));
        given.Model.HubId.ShouldBe("some-owner/tiny");
        string written = File.ReadAllText(_folder.File("run/recipe.yaml"));
        written.ShouldContain($"hub:some-owner/tiny@{_model.Commit}");
        written.ShouldContain($"hub:some-owner/counts@{_data.Commit}/train-*.jsonl");
    }

    [Theory]
    [InlineData("model.path=hub:some-owner/tiny/config.json", "model.path: 'hub:some-owner/tiny/config.json': a model is a whole repository")]
    [InlineData("model.path=hub:..", "model.path: 'hub:..': expected owner/name")]
    [InlineData("data.train=hub:a/../b", "data.train: 'hub:a/../b'")]
    [InlineData("data.train=some-owner/counts", "if it is of the hub: hub:some-owner/counts")]
    public void A_name_that_is_none_is_reported_with_its_key_and_without_the_network(string set, string said)
    {
        ToolRun run = ToolRun.On(Hub, "inspect", "data", _folder.File("tune.yaml"), "--set", "model.path=some-owner/tiny", "--set", set);
        run.Code.ShouldBe(ExitCode.Usage);
        run.Error.ShouldContain(said);
        _server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public void A_path_that_is_misspelt_beside_its_folder_is_not_asked_of_the_hub()
    {
        ToolRun run = ToolRun.On(Hub, "inspect", "data", _folder.File("tune.yaml"), "--set", "model.path=base/model");
        run.Code.ShouldBe(ExitCode.Usage);
        run.Error.ShouldContain("model.path: folder not found");
        _server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public void Several_sets_are_asked_about_and_what_is_absent_is_an_error()
    {
        ToolRun run = ToolRun.On(Hub, "inspect", "data", "hub:some-owner/counts", "--model", "some-owner/tiny");
        run.Code.ShouldBe(ExitCode.Failed);
        run.Error.ShouldContain("holds 2 sets of examples; say which is meant");
        ToolRun.On(Hub, "generate", "--model", "some-owner/none", "--prompt", "x").Error.ShouldContain("there is no such model, or it is private");
        ToolRun.On(Hub, "generate", "--offline", "--model", "some-owner/tiny", "--prompt", "x").Error.ShouldContain("leantune download some-owner/tiny");
        ToolRun.On(Hub, "download", "no name").Code.ShouldBe(ExitCode.Usage);
    }

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }
}
