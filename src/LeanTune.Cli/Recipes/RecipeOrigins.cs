using LeanTune.Cli.Display;

namespace LeanTune.Cli.Recipes;

/// <summary>Says where each value of a recipe came from, for people who look for the line to change.</summary>
internal static class RecipeOrigins
{
    /// <summary><c>file:line</c>, the <c>--set</c> that gave it, or <c>default</c>; several for a value that several places add to.</summary>
    /// <param name="recipe">The keys that are stated.</param>
    /// <param name="path">The dotted key.</param>
    public static string Of(RecipeMap recipe, string path)
    {
        RecipePlace place = RecipePlaces.Find(recipe, path);
        return place.Found ? string.Join(", ", Places(place.Node).Distinct()) : "default";
    }

    // Names with values merge one by one.
    private static IEnumerable<string> Places(RecipeNode node) => node is RecipeMap { Entries.Count: > 0 } map
        ? map.Entries.SelectMany(entry => Places(entry.Value))
        : [node.Line?.ToString() ?? SafeText.Line(node.Location, 200)];
}
