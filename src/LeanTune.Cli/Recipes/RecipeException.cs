namespace LeanTune.Cli.Recipes;

/// <summary>A recipe that cannot be used: one line a problem, each with file, line and column, or the <c>--set</c> it came from.</summary>
internal sealed class RecipeException : Exception
{
    public RecipeException(string location, string problem) : base($"{location}: {problem}")
    {
    }

    public RecipeException(IEnumerable<string> problems) : base(string.Join(Environment.NewLine, problems))
    {
    }
}
