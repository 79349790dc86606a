namespace LeanTune.Cli.Recipes.Shipped;

/// <summary>The recipes that come with the tool, in the folder <c>recipes</c> beside the program.</summary>
internal static class ShippedRecipes
{
    private const string Ending = ".yaml";

    /// <summary>The folder that paths in these recipes start from, as the repository's root is in the repository.</summary>
    public static string Root => AppContext.BaseDirectory;

    private static string Folder => Path.Combine(Root, "recipes");

    // What others build on, and no recipe by itself.
    private static string Common => Path.Combine(Folder, "common") + Path.DirectorySeparatorChar;

    /// <summary>All of them, by name.</summary>
    /// <exception cref="UsageException">The folder is not there.</exception>
    public static IReadOnlyList<ShippedRecipe> All() => Directory.Exists(Folder)
        ? [.. Directory.EnumerateFiles(Folder, "*" + Ending, SearchOption.AllDirectories)
            .Where(path => !path.StartsWith(Common, StringComparison.Ordinal))
            .Select(path => new ShippedRecipe(Path.GetRelativePath(Folder, path)[..^Ending.Length].Replace('\\', '/'), path))
            .OrderBy(recipe => recipe.Name, StringComparer.Ordinal)]
        : throw new UsageException($"leantune: the recipes that come with the tool are not beside the program (looked for '{Folder}')");

    /// <summary>The recipe of a name, which may also be written as a path in the repository.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static ShippedRecipe Find(string name)
    {
        string plain = name.Replace('\\', '/');
        if (plain.StartsWith("recipes/", StringComparison.Ordinal))
            plain = plain["recipes/".Length..];
        if (plain.EndsWith(Ending, StringComparison.Ordinal))
            plain = plain[..^Ending.Length];
        string[] names = [.. All().Select(recipe => recipe.Name)];
        if (Array.IndexOf(names, plain) is >= 0 and var at)
            return All()[at];
        // A name without its family is as good as a misspelt one.
        string? meant = Array.Find(names, known => known.EndsWith("/" + plain, StringComparison.Ordinal));
        string hint = meant is null ? NearestSpelling.Hint(plain, names) : $"; did you mean '{meant}'?";
        throw new UsageException($"{name}: no recipe of this name comes with the tool{hint} (leantune recipe ls shows all)");
    }
}
