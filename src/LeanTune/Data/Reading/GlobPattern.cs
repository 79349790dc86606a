using System.IO.Enumeration;

namespace LeanTune.Data;

/// <summary>Finds files by a pattern: * and ? within a name, ** for any folders in between.</summary>
internal static class GlobPattern
{
    private static readonly char[] Separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    public static bool IsPattern(string path) => path.AsSpan().ContainsAny('*', '?');

    /// <summary>The files that match, in ordinal order. Names that start with a dot match only a pattern that does too.</summary>
    public static IReadOnlyList<string> Find(string pattern)
    {
        (string root, string[] parts) = Split(pattern);
        IEnumerable<string> found = [root];
        for (int i = 0; i < parts.Length; i++)
        {
            string part = parts[i];
            bool last = i == parts.Length - 1;
            found = found.SelectMany(folder => part == "**" ? [folder, .. FoldersBelow(folder)] : Matching(folder, part, last));
        }

        return [.. found.Where(File.Exists).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Names the folder that the pattern starts from when it does not exist.</summary>
    public static string Hint(string pattern)
    {
        (string root, _) = Split(pattern);
        return root.Length == 0 || Directory.Exists(root) ? $" (looked in '{Path.GetFullPath(root.Length == 0 ? "." : root)}')" : $": the folder '{Path.GetFullPath(root)}' does not exist";
    }

    private static (string Root, string[] Parts) Split(string pattern)
    {
        string rooted = Path.GetPathRoot(pattern) ?? "";
        string[] parts = pattern[rooted.Length..].Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        int plain = parts.TakeWhile(part => !IsPattern(part)).Count();
        string[] wild = parts[plain..];
        return (Path.Combine([rooted, .. parts[..plain]]), wild is [.., "**"] ? [.. wild, "*"] : wild);
    }

    private static IEnumerable<string> Matching(string folder, string part, bool wantsFile)
    {
        if (!IsPattern(part))
        {
            string path = Path.Combine(folder, part);
            return File.Exists(path) || Directory.Exists(path) ? [path] : [];
        }

        return Entries(folder, wantsFile ? Directory.EnumerateFiles : Directory.EnumerateDirectories)
            .Where(entry => FileSystemName.MatchesSimpleExpression(part, Path.GetFileName(entry), ignoreCase: false)
                && (part.StartsWith('.') || !Path.GetFileName(entry).StartsWith('.')));
    }

    private static IEnumerable<string> FoldersBelow(string folder) =>
        Entries(folder, Directory.EnumerateDirectories)
            .Where(below => !Path.GetFileName(below).StartsWith('.') && File.ResolveLinkTarget(below, returnFinalTarget: false) is null)
            .SelectMany(below => (string[])[below, .. FoldersBelow(below)]);

    // An empty root is the current folder, and names found there stay relative as the pattern was.
    private static IEnumerable<string> Entries(string folder, Func<string, IEnumerable<string>> list) =>
        folder.Length == 0 ? list(".").Select(path => Path.GetFileName(path)!) : Directory.Exists(folder) ? list(folder) : [];
}
