using LeanTune.Cli.Recipes;

namespace LeanTune.Cli.Tests.Documentation;

/// <summary>The recipes of the repository can be read, and say truly how to run them.</summary>
public class RecipeFileTests
{
    public static TheoryData<string> Recipes => [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "recipes"), "*.yaml", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Recipes))]
    public void A_recipe_is_valid_and_its_head_holds_the_command_that_runs_it(string recipe)
    {
        string path = Path.Combine(Repository.Root, recipe);
        Recipe.Load(path, []);
        File.ReadLines(path).TakeWhile(line => line.StartsWith('#')).ShouldContain(line => line.Contains($"train {recipe}", StringComparison.Ordinal));
    }
}
