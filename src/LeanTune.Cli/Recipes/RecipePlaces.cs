using System.Globalization;

namespace LeanTune.Cli.Recipes;

/// <summary>Finds where a dotted key of a recipe is written, such as <c>adapter.rank</c> or <c>data.train[1].weight</c>.</summary>
internal static class RecipePlaces
{
    /// <summary>The place of a key's value; of the nearest section around it when the recipe leaves it to its default.</summary>
    public static RecipePlace Find(RecipeMap recipe, string path)
    {
        string[] keys = path.Split('.');
        RecipePlace place = Walk(recipe, keys);
        // What a source does not say itself stands in the section around the sources.
        return !place.Found && Around(keys) is { } around && Walk(recipe, around) is { Found: true } shared ? shared : place;
    }

    /// <summary>Takes a key's value out of a recipe, so that it has its default.</summary>
    /// <returns>False when the recipe does not state it as a key of its own.</returns>
    public static bool Remove(RecipeMap recipe, string path)
    {
        string[] keys = path.Split('.');
        return TakeOut(keys) || (Around(keys) is { } around && TakeOut(around));

        bool TakeOut(string[] keys) =>
            Walk(recipe, keys[..^1]) is { Found: true, Node: RecipeMap section } && section.Entries.RemoveAll(entry => entry.Key == keys[^1].Split('[')[0]) > 0;
    }

    private static string[]? Around(string[] keys) => keys is [var section, _, _, ..] ? [section, .. keys[2..]] : null;

    private static RecipePlace Walk(RecipeMap recipe, IEnumerable<string> keys)
    {
        string location = recipe.Location;
        RecipeNode node = recipe;
        foreach (string key in keys)
        {
            string[] parts = key.Split('[', ']');
            if ((node as RecipeMap)?.Find(parts[0]) is not { } entry)
                return new(node, location, Found: node is RecipeScalar && key == "path"); // a source may be its path alone
            (node, location) = (entry.Value, entry.Value is RecipeMap ? entry.Location : entry.Value.Location);
            // A list of one source needs no index.
            if (node is RecipeList list && (parts.Length > 1 || list.Items.Count == 1))
            {
                node = list.Items[parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0];
                location = node.Location;
            }
        }
        return new(node, location, Found: true);
    }
}

/// <summary>Where a key's value is written.</summary>
/// <param name="Node">The value, or the last one around it that is there.</param>
/// <param name="Location">The place, for messages.</param>
/// <param name="Found">Whether the recipe states the key.</param>
internal readonly record struct RecipePlace(RecipeNode Node, string Location, bool Found);
