using System.Globalization;

namespace LeanTune.Cli.Recipes.Reference;

/// <summary>Between which numbers an option lies.</summary>
/// <param name="Least">The lower end.</param>
/// <param name="Most">The upper end; null without one.</param>
/// <param name="AboveLeast">Whether the lower end itself is refused.</param>
/// <param name="BelowMost">Whether the upper end itself is refused.</param>
internal sealed record RecipeRange(double Least, double? Most = null, bool AboveLeast = false, bool BelowMost = false)
{
    /// <summary>In words: <c>from 0 to below 1</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{(AboveLeast ? "above" : "from")} {Least}{(Most is { } most ? $"{(AboveLeast ? ", at most" : BelowMost ? " to below" : " to")} {most}" : "")}");
}
