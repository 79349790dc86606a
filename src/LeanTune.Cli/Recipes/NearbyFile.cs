namespace LeanTune.Cli.Recipes;

/// <summary>Suggests what exists on disk for a path that does not.</summary>
internal static class NearbyFile
{
    /// <summary>The end of a message: <c>; did you mean 'x'?</c> with a neighbour of similar name, or nothing.</summary>
    public static string Hint(string missing)
    {
        string? folder = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(missing));
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(missing));
        string where = string.IsNullOrEmpty(folder) ? "." : folder;
        try
        {
            if (!Directory.Exists(where))
                return Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(where))) ? $"; there is no folder '{where}'" : "";
            IEnumerable<string> names = Directory.EnumerateFileSystemEntries(where).Take(10_000).Select(entry => Path.GetFileName(entry));
            return NearestSpelling.Of(name, names) is { } nearest ? $"; did you mean '{Path.Combine(folder ?? "", nearest)}'?" : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
