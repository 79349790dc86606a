namespace LeanTune.Cli.Recipes;

/// <summary>A recipe that cannot be used: one line a problem, each with file, line and column, or the <c>--set</c> it came from.</summary>
internal sealed class RecipeException : UsageException
{
    private const int MostShown = 10;

    public RecipeException(string location, string problem) : base($"{location}: {problem}")
    {
    }

    public RecipeException(IReadOnlyList<string> problems) : base(string.Join(Environment.NewLine, First(problems)))
    {
    }

    private static IEnumerable<string> First(IReadOnlyList<string> problems) =>
        problems.Count <= MostShown ? problems : [.. problems.Take(MostShown), $"… and {problems.Count - MostShown} more"];
}
