using System.Buffers;

namespace LeanTune.ChatTemplates;

/// <summary>Finds what looks like a special token in a text, such as <c>&lt;|im_start|&gt;</c>.</summary>
internal static class SpecialLookalikes
{
    private const int LongestToken = 64;
    private static readonly SearchValues<char> s_ends = SearchValues.Create("<> \t\r\n");
    private static readonly string[] s_names = ["s", "/s", "bos", "eos", "pad", "unk", "sep", "cls", "mask"];

    /// <summary>All of them, each once, in the order of the text.</summary>
    public static IEnumerable<string> In(string text)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (int at = 0; (at = text.IndexOf('<', at)) >= 0; at++)
            if (LengthAt(text, at) is > 0 and var length && seen.Add(text.Substring(at, length)))
                yield return text.Substring(at, length);
    }

    /// <summary>Length of the one that starts at a position, or 0.</summary>
    public static int LengthAt(ReadOnlySpan<char> text, int at)
    {
        if (at >= text.Length || text[at] != '<')
            return 0;
        ReadOnlySpan<char> inner = text[(at + 1)..];
        inner = inner[..Math.Min(inner.Length, LongestToken)];
        int end = inner.IndexOfAny(s_ends);
        return end > 0 && inner[end] == '>' && IsName(inner[..end]) ? end + 2 : 0;
    }

    /// <summary>Whether a text ends with one.</summary>
    public static bool EndIn(ReadOnlySpan<char> text)
    {
        int start = text.LastIndexOf('<');
        return start >= 0 && LengthAt(text, start) == text.Length - start;
    }

    private static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.Length > 2 && ((name[0] == '|' && name[^1] == '|') || (name[0] == '｜' && name[^1] == '｜')))
            return true;
        if (name.StartsWith("start_of_", StringComparison.Ordinal) || name.StartsWith("end_of_", StringComparison.Ordinal))
            return true;
        foreach (string known in s_names)
            if (name.SequenceEqual(known))
                return true;
        return false;
    }
}
