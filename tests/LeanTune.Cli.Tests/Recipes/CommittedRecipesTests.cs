using LeanTune.Cli.Recipes;

namespace LeanTune.Cli.Tests.Recipes;

public class CommittedRecipesTests
{
    public static TheoryData<string> All =>
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "recipes"), "*.yaml", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Repository.Root, file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_recipe_of_the_repository_is_valid_and_starts_with_its_command(string file)
    {
        string path = Path.Combine(Repository.Root, file);

        Recipe.Load(path, []).Stated.Output.ShouldNotBeEmpty();

        string first = string.Concat(File.ReadLines(path).TakeWhile(line => line.StartsWith('#')));
        first.ShouldContain($"train {file.Replace('\\', '/')}");
    }
}
