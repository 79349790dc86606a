using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LeanTune.Cli.Recipes;
using LeanTune.Cli.Recipes.Shipped;
using LeanTune.Cli.Tests.Commands;
using LeanTune.Training;

namespace LeanTune.Cli.Tests.Recipes;

/// <summary>Every recipe of the repository is valid, comes with the tool, and says truly how it is run and what it takes.</summary>
public partial class CommittedRecipesTests
{
    // As the models' own config.json has them.
    private static readonly Dictionary<string, string> s_shapes = new()
    {
        ["HuggingFaceTB/SmolLM2-135M-Instruct"] = "width=576,feed=1536,blocks=30,heads=9,kv=3,vocab=49152,tied=1",
        ["Qwen/Qwen2.5-0.5B-Instruct"] = "width=896,feed=4864,blocks=24,heads=14,kv=2,vocab=151936,tied=1",
        ["Qwen/Qwen3-0.6B"] = "width=1024,feed=3072,blocks=28,heads=16,kv=8,head=128,vocab=151936,tied=1",
        ["meta-llama/Llama-3.2-1B-Instruct"] = "width=2048,feed=8192,blocks=16,heads=32,kv=8,head=64,vocab=128256,tied=1",
        ["mistralai/Mistral-7B-v0.3"] = "width=4096,feed=14336,blocks=32,heads=32,kv=8,vocab=32768",
    };

    // What others build on is no recipe by itself.
    public static TheoryData<string> All =>
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "recipes"), "*.yaml", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')).Where(file => !file.StartsWith("recipes/common/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(All))]
    public void A_recipe_is_valid_and_its_head_holds_the_command_that_runs_it(string file)
    {
        string path = Path.Combine(Repository.Root, file);

        RecipeCheck.Problems(path, []).ShouldBeEmpty();

        File.ReadLines(path).TakeWhile(line => line.StartsWith('#')).Count(line => Regex.IsMatch(line, $@"train {Regex.Escape(file)}( |$)")).ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void All_but_the_examples_is_of_the_hub_or_in_the_repository(string file)
    {
        Recipe recipe = Recipe.Load(Path.Combine(Repository.Root, file), []);

        string[] missing = [.. recipe.FindPaths().Problems.Where(problem => !problem.Contains(": data.", StringComparison.Ordinal))];

        // The repository's own model is named from its root.
        string model = recipe.Stated.Model.Path;
        if (Directory.Exists(Path.Combine(Repository.Root, model)))
            return;
        missing.ShouldBeEmpty();
        model.ShouldStartWith("hub:");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_recipe_comes_with_the_tool_as_it_is_here(string file)
    {
        ShippedRecipe shipped = ShippedRecipes.Find(file);

        $"recipes/{shipped.Name}.yaml".ShouldBe(file);
        File.ReadAllText(shipped.Path).ShouldBe(File.ReadAllText(Path.Combine(Repository.Root, file)));
        shipped.Description.ShouldNotBeEmpty();
    }

    [Fact]
    public void Nothing_else_comes_with_the_tool() =>
        ShippedRecipes.All().Select(recipe => $"recipes/{recipe.Name}.yaml").ShouldBe(All.Select(row => row.Data), ignoreOrder: true);

    [Theory]
    [MemberData(nameof(All))]
    public void The_memory_in_a_head_is_what_estimate_says(string file)
    {
        string head = string.Join('\n', File.ReadLines(Path.Combine(Repository.Root, file)).TakeWhile(line => line.StartsWith('#')));
        Match said = Memory().Match(head);
        said.Success.ShouldBeTrue(head);
        FineTuneOptions options = Recipe.Load(Path.Combine(Repository.Root, file), []).Stated;
        string[] arguments = said.Groups["arguments"].Value.Split(' ');
        arguments.ShouldContain("--batch");
        arguments[Array.IndexOf(arguments, "--batch") + 1].ShouldBe($"{options.Training.BatchSize}");
        arguments[Array.IndexOf(arguments, "--tokens") + 1].ShouldBe($"{options.Data.MaxLength}");
        arguments.Contains("--full").ShouldBe(options.Adapter.Method == TrainingMethod.Full);
        if (options.Adapter.Method == TrainingMethod.Lora && options.Adapter.Rank != 8)
            arguments[Array.IndexOf(arguments, "--rank") + 1].ShouldBe($"{options.Adapter.Rank}");
        string model = said.Groups["model"].Value;
        string from = s_shapes.TryGetValue(model, out string? shapes) ? shapes : Path.Combine(Repository.Root, model);

        MatchCollection sizes = Size().Matches(said.Groups["said"].Value);
        sizes.Count.ShouldBeGreaterThan(0);
        foreach (Match size in sizes)
        {
            ToolRun run = ToolRun.Of(["estimate", from, .. arguments, "--dtype", size.Groups["dtype"].Value, "--json"]);
            run.Code.ShouldBe(ExitCode.Done, run.Error);
            long expected = JsonElement.Parse(run.Output).GetProperty("modes").GetProperty(said.Groups["mode"].Value).GetProperty("expected_bytes").GetInt64();
            double stated = double.Parse(size.Groups["number"].Value, CultureInfo.InvariantCulture) * (size.Groups["unit"].Value == "GiB" ? 1L << 30 : 1L << 20);
            stated.ShouldBe(expected, expected * 0.1, $"{size.Value} of {model}");
        }
    }

    [GeneratedRegex(@"# Memory: (?<said>[^(]+) \(leantune estimate (?<model>\S+) (?<arguments>[^:]+): (?<mode>\w+), expected\)\.")]
    private static partial Regex Memory();

    [GeneratedRegex(@"(?<number>[0-9.]+) (?<unit>[GM]iB) in (?<dtype>bf16|fp32)")]
    private static partial Regex Size();
}
