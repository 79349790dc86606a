using System.IO.Enumeration;

namespace LeanTune.Hub;

/// <summary>Matches names of files in a repository: * and ? within a name, ** for any folders in between.</summary>
internal static class FilePattern
{
    public static bool Matches(string pattern, string name) => Matches(pattern.Split('/'), name.Split('/'));

    private static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> name)
    {
        if (pattern.IsEmpty || name.IsEmpty)
            return pattern.IsEmpty && name.IsEmpty;
        if (pattern[0] == "**")
            return Matches(pattern.Length == 1 ? ["*"] : pattern[1..], name) || (name.Length > 1 && !name[0].StartsWith('.') && Matches(pattern, name[1..]));
        // As on disk: a name that starts with a dot is meant only by a pattern that does too.
        return (!name[0].StartsWith('.') || pattern[0].StartsWith('.'))
            && FileSystemName.MatchesSimpleExpression(pattern[0], name[0], ignoreCase: false)
            && Matches(pattern[1..], name[1..]);
    }
}
