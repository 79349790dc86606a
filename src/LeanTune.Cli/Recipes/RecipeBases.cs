namespace LeanTune.Cli.Recipes;

/// <summary>Follows <c>extends</c>: reads the recipes that a recipe builds on, and lays its own keys over theirs.</summary>
internal static class RecipeBases
{
    /// <summary>The key at the top level that names the recipe below.</summary>
    public const string Key = "extends";

    private const int MostRecipes = 16;

    /// <summary>A recipe's keys together with those of all that it builds on.</summary>
    /// <param name="path">The recipe.</param>
    /// <returns>The keys, each with the place in the file that says it, and the files: the recipe first, then what it builds on.</returns>
    /// <exception cref="RecipeException">A file cannot be read, is no recipe, is not there, or builds on itself.</exception>
    public static (RecipeMap Keys, IReadOnlyList<string> Files) Read(string path)
    {
        List<string> files = [];
        return (Read(path, files), files);
    }

    private static RecipeMap Read(string path, List<string> files)
    {
        files.Add(path);
        RecipeMap own = RecipeParser.Parse(path, RecipeFile.Read(path));
        if (own.Find(Key) is not { } entry)
            return own;
        string below = Below(path, entry.Value, files);
        own.Entries.Remove(entry);
        return Merge(Read(below, files), own);
    }

    private static string Below(string path, RecipeNode value, List<string> files)
    {
        if (value is not RecipeScalar { IsNull: false, Text: { Length: > 0 } text })
            throw new RecipeException(value.Location, $"{Key}: expected the path of one recipe, from this one's folder; found {(value is RecipeScalar ? "nothing" : value.Description)}");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string full = Path.GetFullPath(Path.Combine(folder, text));
        // As the recipe itself is named: from the current directory, or in full.
        string below = Path.IsPathRooted(path) ? full : Path.GetRelativePath(Directory.GetCurrentDirectory(), full);
        if (files.Exists(file => Path.GetFullPath(file) == full))
            throw new RecipeException(value.Location, $"{Key}: the recipes build on each other in a circle: {string.Join(" → ", [.. files, below])}");
        if (files.Count >= MostRecipes)
            throw new RecipeException(value.Location, $"{Key}: more than {MostRecipes} recipes build on each other");
        if (Directory.Exists(full))
            throw new RecipeException(value.Location, $"{Key}: expected a recipe; '{full}' is a folder");
        if (!File.Exists(full))
            throw new RecipeException(value.Location, $"{Key}: recipe not found (looked for '{full}'){NearbyFile.Hint(below)}");
        return below;
    }

    // Keys with values merge key by key; everything else, lists too, is replaced whole.
    private static RecipeMap Merge(RecipeMap below, RecipeMap over)
    {
        List<RecipeEntry> entries = [.. below.Entries];
        foreach (RecipeEntry entry in over.Entries)
        {
            int at = entries.FindIndex(known => known.Key == entry.Key);
            if (at < 0)
                entries.Add(entry);
            else
                entries[at] = (entries[at].Value, entry.Value) switch
                {
                    (RecipeMap under, RecipeMap own) => entry with { Value = Merge(under, own) },
                    // A section whose keys are all commented out says nothing; a null written out takes it away.
                    (RecipeMap, RecipeScalar { IsNull: true, Text: "" }) => entries[at],
                    _ => entry,
                };
        }
        return new(entries, over.Location) { Line = over.Line };
    }
}
