using LeanTune.Cli.Recipes;
using LeanTune.Cli.Recipes.Shipped;
using LeanTune.Cli.Tests.Recipes;
using LeanTune.Training;

namespace LeanTune.Cli.Tests.Commands;

public sealed class RecipeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. ShippedRecipes.All().Select(recipe => recipe.Name)];

    [Fact]
    public void Ls_says_of_each_recipe_what_it_does_with_which_model_and_what_it_takes()
    {
        ToolRun run = ToolRun.Of("recipe", "ls");

        run.Code.ShouldBe(ExitCode.Done, run.Error);
        string text = run.Output.ReplaceLineEndings("\n");
        foreach (ShippedRecipe recipe in ShippedRecipes.All())
            text.ShouldContain($"{recipe.Name}\n  {recipe.Description}\n");
        text.ShouldContain("llama3.2/1b-lora\n  Fine-tunes Llama-3.2-1B-Instruct with plain LoRA.\n  hub:meta-llama/Llama-3.2-1B-Instruct, LoRA of rank 16, activations none; memory: 6.");
        text.ShouldContain("hub:Qwen/Qwen2.5-0.5B-Instruct, all weights, activations layer/exact; memory: ");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_copy_is_one_file_that_comes_to_the_same_with_its_notes(string name)
    {
        string copy = _folder.File("own.yaml");

        ToolRun run = ToolRun.Of("recipe", "copy", name, copy);

        run.Code.ShouldBe(ExitCode.Done, run.Error);
        run.Output.ShouldStartWith($"Copied {name} to ");
        string text = File.ReadAllText(copy);
        text.ShouldNotContain("extends:");
        text.ShouldContain($"leantune train {copy}");
        Recipe own = Recipe.Load(copy, []), shipped = Recipe.Load(ShippedRecipes.Find(name).Path, []);
        own.Files.ShouldBe([copy]);
        Text(own.Stated with { Model = shipped.Stated.Model, Data = shipped.Stated.Data }).ShouldBe(Text(shipped.Stated));
        // Where the repository's files are found, they are still those; the rest keeps its name.
        own.Stated.Data.Train.Select(source => Path.GetFileName(source.Path)).ShouldBe(shipped.Stated.Data.Train.Select(source => Path.GetFileName(source.Path)));
        own.FindPaths().Problems.ShouldAllBe(problem => problem.Contains(": data.", StringComparison.Ordinal));
        own.Keys.Entries.SelectMany(entry => entry.Value is RecipeMap map ? map.Entries : [entry]).ShouldAllBe(entry => entry.Value.Line != null);
    }

    [Fact]
    public void Notes_come_from_every_file_that_a_copy_is_made_of()
    {
        ToolRun.Of("recipe", "copy", "qwen3/0.6b-lora", _folder.Path).Code.ShouldBe(ExitCode.Done);

        string text = File.ReadAllText(_folder.File("qwen3-0.6b-lora.yaml"));
        text.ShouldContain("  rank: 16                             # each adapter holds");
        text.ShouldContain("  dtype: auto                          # of the frozen weights: bf16 (1.2 GB)");
        text.ShouldContain("  mode: none                           # keep everything");
        text.ShouldNotContain("mode: layer");
    }

    [Fact]
    public void The_quickstart_runs_from_anywhere_once_copied()
    {
        ToolRun.Of("recipe", "copy", "quickstart", _folder.File("q.yaml")).Output.ShouldNotContain("Still to be named");

        FineTuneOptions options = Recipe.Load(_folder.File("q.yaml"), []).Resolve();

        File.Exists(Path.Combine(options.Model.Path, "model.safetensors")).ShouldBeTrue();
        File.Exists(options.Data.Validation![0].Path).ShouldBeTrue();
    }

    [Fact]
    public void A_copy_says_what_is_downloaded_and_what_is_still_to_be_named()
    {
        string output = ToolRun.Of("recipe", "copy", "recipes/smollm2/135m-loract.yaml", _folder.Path).Output;

        output.ShouldContain("Downloaded by the first run, unless they are on this machine: hub:HuggingFaceTB/SmolLM2-135M-Instruct");
        output.ShouldContain("data.train: file or folder not found");
        output.ShouldContain("train " + _folder.File("smollm2-135m-loract.yaml"));
    }

    [Fact]
    public void A_file_is_replaced_only_when_asked_for()
    {
        string file = _folder.File("own.yaml");
        File.WriteAllText(file, "mine");

        ToolRun run = ToolRun.Of("recipe", "copy", "quickstart", file);
        run.Code.ShouldBe(ExitCode.Usage);
        run.Error.ShouldBe($"{file}: is there already: choose another name, or replace it by --force{Environment.NewLine}");
        File.ReadAllText(file).ShouldBe("mine");

        ToolRun.Of("recipe", "copy", "quickstart", file, "--force").Code.ShouldBe(ExitCode.Done);
        File.ReadAllText(file).ShouldContain("moby-dick");
    }

    [Theory]
    [InlineData("quikstart", "x.yaml", "did you mean 'quickstart'?")]
    [InlineData("clinc150", "x.yaml", "did you mean 'examples/clinc150'?")]
    [InlineData("common/loract", "x.yaml", "no recipe of this name")]
    [InlineData("quickstart", "x.json", "expected a name that ends in .yaml")]
    [InlineData("quickstart", "no/x.yaml", "there is no folder '")]
    public void What_cannot_be_copied_is_a_usage_error(string name, string file, string expected)
    {
        ToolRun run = ToolRun.Of("recipe", "copy", name, _folder.File(file));

        run.Code.ShouldBe(ExitCode.Usage);
        run.Error.ShouldContain(expected);
        Directory.EnumerateFileSystemEntries(_folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public void Validate_says_ok_and_which_files_it_read()
    {
        TinyModel.Prepare(_folder);
        File.WriteAllText(_folder.File("own.yaml"), "extends: pretrain.yaml\ntraining: {steps: 2}\n");

        ToolRun run = ToolRun.Of("recipe", "validate", _folder.File("own.yaml"));

        run.Code.ShouldBe(ExitCode.Done, run.Error);
        run.Output.ShouldBe($"ok: {_folder.File("own.yaml")}, which builds on {_folder.File("pretrain.yaml")}\n");
        ToolRun.Of("recipe", "validate", _folder.File("own.yaml"), "--set", "model.path=hub:some-owner/tiny").Output.ShouldContain("Downloaded by the first run, unless they are on this machine: hub:some-owner/tiny\n");
    }

    [Fact]
    public void Validate_says_everything_that_is_wrong()
    {
        TinyModel.Prepare(_folder);
        string recipe = _folder.File("tune.yaml");

        ToolRun ranges = ToolRun.Of("recipe", "validate", recipe, "--set", "adapter.rank=0", "--set", "optimizer.beta1=2", "--set", "data.max_length=1", "--set", "sample.top_p=3");
        ranges.Code.ShouldBe(ExitCode.Usage);
        ranges.Output.ShouldBeEmpty();
        Lines(ranges).Select(line => line.Split(": ")[1]).ShouldBe(["data.max_length", "adapter.rank", "optimizer.beta1", "sample.top_p"]);

        ToolRun keys = ToolRun.Of(["recipe", "validate", recipe, .. Enumerable.Range(0, 12).SelectMany(i => new[] { "--set", $"adapter.k{i}=1" })]);
        Lines(keys).Length.ShouldBe(12);

        Lines(ToolRun.Of("recipe", "validate", recipe, "--set", "data.train=no.txt", "--set", "model.path=base/no")).Select(line => line.Split(": ")[1]).ShouldBe(["model.path", "data.train"]);
    }

    [Fact]
    public void Validate_blames_no_value_that_is_in_order()
    {
        TinyModel.Prepare(_folder);

        ToolRun run = ToolRun.Of("recipe", "validate", _folder.File("tune.yaml"), "--set", "model.path=\"\"", "--set", "output=' '");

        Lines(run).ShouldBe(["--set model.path=\"\": model.path: expected a value; found an empty text"]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_show_writes_comes_to_the_same_options(string name)
    {
        string path = ShippedRecipes.Find(name).Path;

        ToolRun run = ToolRun.Of("recipe", "show", path, "--set", "training.seed=5");

        run.Code.ShouldBe(ExitCode.Done, run.Error);
        Text(RecipeText.Bind(run.Output)).ShouldBe(Text(Recipe.Load(path, ["training.seed=5"]).FindPaths().Options));
    }

    [Fact]
    public void Show_says_of_every_value_where_it_comes_from()
    {
        TinyModel.Prepare(_folder);
        File.WriteAllText(_folder.File("own.yaml"), "extends: pretrain.yaml\ndata:\n  columns: {text: body}\ntraining: {steps: 2}\n");

        ToolRun run = ToolRun.Of("recipe", "show", _folder.File("own.yaml"), "--set", "data.max_length=16", "--set", "data.columns.label=kind");

        string[] lines = Lines(run.Output);
        string Of(string key) => lines.Single(line => line.TrimStart(' ', '-').StartsWith(key + ":", StringComparison.Ordinal)).Split(" # ")[1];
        Of("start").ShouldBe($"{_folder.File("pretrain.yaml")}:1");
        Of("steps").ShouldBe($"{_folder.File("own.yaml")}:4");
        Of("max_length").ShouldBe("--set data.max_length=16");
        Of("epochs").ShouldBe("default");
        Of("columns").ShouldBe($"{_folder.File("own.yaml")}:3, --set data.columns.label=kind");
        Of("weight").ShouldBe("default");
        lines.Single(line => line.Contains("- path:", StringComparison.Ordinal)).ShouldEndWith($"# {_folder.File("pretrain.yaml")}:2");
        // Every value has its place; only sections have none.
        lines.Where(line => !line.Contains(" # ", StringComparison.Ordinal) && !line.StartsWith('#')).ShouldAllBe(line => line.EndsWith(':'));
    }

    [Fact]
    public void Without_a_subcommand_the_help_is_named()
    {
        ToolRun run = ToolRun.Of("recipe");
        run.Code.ShouldBe(ExitCode.Usage);
        run.Error.ShouldContain("See 'leantune recipe --help'.");
        ToolRun.Of("recipe", "ls", "x").Error.ShouldContain("See 'leantune recipe ls --help'.");
    }

    private static string Text(FineTuneOptions options) => RecipeWriter.Write(options);

    private static string[] Lines(ToolRun run) => Lines(run.Error);

    private static string[] Lines(string text) => text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public void Dispose() => _folder.Dispose();
}
