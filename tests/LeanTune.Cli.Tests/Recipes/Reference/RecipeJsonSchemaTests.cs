using System.Text.Json.Nodes;
using LeanTune.Cli.Recipes;
using LeanTune.Cli.Recipes.Reference;
using LeanTune.Training;

namespace LeanTune.Cli.Tests.Recipes.Reference;

/// <summary>Editors that follow the schema accept what the tool accepts, and mark what it refuses.</summary>
public class RecipeJsonSchemaTests
{
    private static readonly JsonObject s_schema = (JsonObject)JsonNode.Parse(RecipeJsonSchema.Write())!;
    private static readonly SchemaChecker s_checker = new(s_schema);

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "recipes"), "*.yaml", SearchOption.AllDirectories)
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}common{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).Select(file => Path.GetRelativePath(Repository.Root, file))];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_recipe_of_the_repository_is_accepted_alone_and_with_what_it_builds_on(string file)
    {
        string path = Path.Combine(Repository.Root, file);

        Problems(File.ReadAllText(path)).ShouldBeEmpty();
        s_checker.Problems(SchemaChecker.ToJson(Recipe.Read(path, []).Keys)).ShouldBeEmpty();
        // With every key at its default, too.
        Problems(RecipeWriter.Write(Recipe.Load(path, []).Stated)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_key_is_there_with_a_description()
    {
        foreach (string path in RecipeSchema.AllPaths(typeof(FineTuneOptions), ""))
        {
            JsonNode node = s_schema;
            foreach (string key in path.Split('.'))
                node = node["properties"]?[key] ?? throw new InvalidOperationException($"{path} is not in the schema");
            node["description"]?.GetValue<string>().ShouldNotBeNullOrWhiteSpace(path);
            node["description"].ShouldNotBeNull(path);
        }
    }

    [Theory]
    [InlineData("adapter: {rank: 4}")]
    [InlineData("adapter:")]
    [InlineData("adapter: {target_modules: q_proj}")]
    [InlineData("activations: {codec: low_rank, rank: 64}")]
    [InlineData("activations: {mode: null}")]
    [InlineData("optimizer: {learning_rate: 1e-4, max_gradient_norm: null}")]
    [InlineData("sample: null")]
    [InlineData("sample: {prompt: x, top_p: 1}")]
    [InlineData("memory: 6GiB")]
    [InlineData("training: {seed: 18446744073709551615}")]
    public void What_the_tool_accepts_is_accepted(string line)
    {
        string yaml = $"{RecipeText.Minimal}\n{line}\n";
        RecipeText.Bind(yaml);
        Problems(yaml).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("adapter: {rnak: 4}")]
    [InlineData("adapter: {rank: four}")]
    [InlineData("adapter: {rank: 4.5}")]
    [InlineData("adapter: {rank: 0}")]
    [InlineData("adapter: {rank: null}")]
    [InlineData("adapter: 8")]
    [InlineData("adapter: {dropout: 1}")]
    [InlineData("adapter: {use_rslora: 'true'}")]
    [InlineData("adapter: {target_modules: [q_proj, {a: b}]}")]
    [InlineData("activations: {mode: laier}")]
    [InlineData("activations: {bits: 5}")]
    [InlineData("optimizer: {learning_rate: 0}")]
    [InlineData("sample: {max_new_tokens: 3}")]
    [InlineData("sample: {prompt: x, top_p: 0}")]
    [InlineData("training: {seed: -1}")]
    [InlineData("colour: red")]
    public void What_the_tool_refuses_is_refused(string line)
    {
        string yaml = $"{RecipeText.Minimal}\n{line}\n";
        Should.Throw<RecipeException>(() => RecipeText.Bind(yaml));
        Problems(yaml).ShouldNotBeEmpty();
    }

    [Fact]
    public void Keys_that_must_be_there_may_be_in_what_a_recipe_builds_on()
    {
        Problems("adapter: {rank: 4}\n").ShouldBe([": model is missing", ": data is missing", ": output is missing"]);
        Problems("model: {dtype: bf16}\ndata: {train: x}\noutput: y\n").ShouldBe([".model: path is missing"]);
        Problems("extends: other.yaml\nmodel: {dtype: bf16}\n").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("a.jsonl", true)]
    [InlineData("{path: a.jsonl, weight: 2}", true)]
    [InlineData("[a.jsonl, {path: b, columns: {prompt: q}}]", true)]
    [InlineData("{weight: 2}", false)]
    [InlineData("{path: a, wieght: 2}", false)]
    [InlineData("[]", false)]
    [InlineData("{path: a, weight: 0}", false)]
    [InlineData("[[a]]", false)]
    public void Sources_are_paths_keys_or_lists(string train, bool fits) =>
        (Problems($"model: {{path: base}}\ndata: {{train: {train}}}\noutput: x\n").Count == 0).ShouldBe(fits);

    private static IReadOnlyList<string> Problems(string yaml) => s_checker.Problems(SchemaChecker.ToJson(RecipeParser.Parse("r.yaml", yaml)));
}
