using LeanTune.Training;

namespace LeanTune.Cli.Recipes;

/// <summary>A recipe that cannot be used: one line a problem, each with file, line and column, or the <c>--set</c> it came from.</summary>
internal sealed class RecipeException : UsageException
{
    private const int MostShown = 10;

    public RecipeException(string location, string problem) : base($"{location}: {problem}") => Problems = [Message];

    public RecipeException(IReadOnlyList<string> problems) : base(string.Join(Environment.NewLine, First(problems))) => Problems = problems;

    public RecipeException(OptionsException problem, string location) : this(location, problem.Message) => Key = problem.Key;

    /// <summary>All problems, a line each; the message shows the first ten.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>The key of a value that is out of range or contradicts another; null for all other problems.</summary>
    public string? Key { get; }

    private static IEnumerable<string> First(IReadOnlyList<string> problems) =>
        problems.Count <= MostShown ? problems : [.. problems.Take(MostShown), $"… and {problems.Count - MostShown} more"];
}
