using System.Text.RegularExpressions;
using LeanTune.Cli.Recipes;
using LeanTune.Training;

namespace LeanTune.Cli.Tests.Documentation;

/// <summary>What the pages name is there: files that they link to, and keys of recipes.</summary>
public partial class PageTests
{
    private static readonly string[] s_fileEndings = ["safetensors", "gguf"];

    public static TheoryData<string> Pages =>
    [
        "README.md", "CONTRIBUTING.md", "CHANGELOG.md",
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md").Select(path => "docs/" + Path.GetFileName(path)).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_somewhere(string page)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        Link().Matches(Read(page)).Select(match => match.Groups[1].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal) && !Path.Exists(Path.Combine(folder, target.Split('#')[0])))
            .ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Recipe_keys_exist(string page)
    {
        string[] keys = [.. RecipeSchema.AllPaths(typeof(FineTuneOptions), "")];
        string[] sections = [.. keys.Where(key => key.Contains('.', StringComparison.Ordinal)).Select(key => key.Split('.')[0]).Distinct()];
        DottedName().Matches(Read(page)).Select(match => match.Groups[1].Value)
            .Where(name => sections.Contains(name.Split('.')[0]) && !keys.Contains(name) && !s_fileEndings.Contains(name.Split('.')[1]))
            .ShouldBeEmpty();
    }

    private static string Read(string page) => File.ReadAllText(Path.Combine(Repository.Root, page));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    // In code: `training.resume`, `--set adapter.rank=16`.
    [GeneratedRegex(@"(?<=[`\s""])([a-z]+\.[a-z_0-9]+)(?=[`=:])")]
    private static partial Regex DottedName();
}
