namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>Whitespace as Python sees it: what trimming and splitting of text go by.</summary>
internal static class Whitespace
{
    public static bool Is(char c) => c is ' ' or (>= '\t' and <= '\r') or (>= '\x1c' and <= '\x1f') || (c >= '\x85' && char.IsWhiteSpace(c));

    public static bool IsBlank(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
            if (!Is(c))
                return false;
        return true;
    }

    public static string Trim(string text) => TrimStart(TrimEnd(text));

    public static string TrimStart(string text)
    {
        int start = 0;
        while (start < text.Length && Is(text[start]))
            start++;
        return text[start..];
    }

    public static string TrimEnd(string text)
    {
        int end = text.Length;
        while (end > 0 && Is(text[end - 1]))
            end--;
        return text[..end];
    }
}
