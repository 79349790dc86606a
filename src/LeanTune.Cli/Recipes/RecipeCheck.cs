namespace LeanTune.Cli.Recipes;

/// <summary>Looks for everything that is wrong with a recipe's keys and values, where <see cref="Recipe.Load"/> stops at the first value out of range.</summary>
internal static class RecipeCheck
{
    /// <summary>The problems of keys and values, a line each with its place; empty when there are none.</summary>
    /// <remarks>A value that is out of range is left out to look for the next, so that a later problem may be gone once an earlier one is put right.</remarks>
    /// <exception cref="RecipeException">The recipe cannot be read at all.</exception>
    public static IReadOnlyList<string> Problems(string path, IReadOnlyList<string> overrides)
    {
        RecipeMap keys = Recipe.Read(path, overrides).Keys;
        List<string> problems = [];
        while (true)
        {
            try
            {
                RecipeBinder.Bind(keys);
                return problems;
            }
            catch (RecipeException e) when (e.Key is { } key)
            {
                problems.Add(e.Message);
                if (!RecipePlaces.Remove(keys, key))
                    return problems;
            }
            catch (RecipeException e)
            {
                // After a value was left out, a key that must be there can be missing: that is no problem of the recipe's.
                return problems.Count == 0 ? e.Problems : problems;
            }
        }
    }
}
