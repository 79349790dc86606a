namespace LeanTune.Cli.Recipes;

/// <summary>Applies <c>--set key=value</c> to a recipe before it is bound to options. Later ones win.</summary>
internal static class RecipeOverrides
{
    /// <summary>Replaces or adds the value at a dotted key.</summary>
    /// <param name="recipe">The recipe's keys; changed.</param>
    /// <param name="assignment"><c>adapter.rank=16</c>. A value that starts with a quote, '[' or '{' is read as YAML; any other is taken as it stands.</param>
    /// <exception cref="RecipeException">The assignment has no key or '=', or leads through a value that has no keys.</exception>
    public static void Apply(RecipeMap recipe, string assignment)
    {
        string location = $"--set {assignment}";
        int equals = assignment.IndexOf('=', StringComparison.Ordinal);
        string[] keys = equals < 0 ? [] : assignment[..equals].Trim().Split('.');
        if (keys.Length == 0 || keys.Any(string.IsNullOrWhiteSpace))
            throw new RecipeException(location, "expected key=value, such as adapter.rank=16");
        if (keys[0] == RecipeBases.Key)
            throw new RecipeException(location, $"'{RecipeBases.Key}' stands in a recipe file; --set replaces values of what they come to");
        string value = assignment[(equals + 1)..].Trim();
        RecipeNode node = value is ['[' or '{' or '"' or '\'', ..] ? RecipeParser.ParseValue(location, value) : new RecipeScalar(value, false, location);

        RecipeMap map = recipe;
        foreach (string key in keys[..^1])
            map = Section(map, key, location);
        map.Set(new(keys[^1], location, node));
    }

    private static RecipeMap Section(RecipeMap map, string key, string location)
    {
        switch (map.Find(key)?.Value)
        {
            case RecipeMap section:
                return section;
            case null or RecipeScalar { IsNull: true }:
                RecipeMap added = new([], location);
                map.Set(new(key, location, added));
                return added;
            case RecipeNode other:
                throw new RecipeException(location, $"'{key}' holds {other.Description} in the recipe, not keys with values");
        }
    }
}
