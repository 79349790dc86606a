namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>Texts as sequences of code points, which is how templates count, index and cut them; texts without surrogates take the short way.</summary>
internal static class CodePoints
{
    private static readonly string[] s_ascii = [.. Enumerable.Range(0, 128).Select(static code => ((char)code).ToString())];

    public static bool AreChars(string text) => !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');

    public static int Count(ReadOnlySpan<char> text)
    {
        int pairs = 0;
        if (text.ContainsAnyInRange('\uD800', '\uDFFF'))
            for (int i = 0; i + 1 < text.Length; i++)
                if (char.IsSurrogatePair(text[i], text[i + 1]))
                    (pairs, i) = (pairs + 1, i + 1);
        return text.Length - pairs;
    }

    /// <summary>Each code point as a text of its own.</summary>
    public static IEnumerable<string> Split(string text)
    {
        for (int at = 0; at < text.Length;)
        {
            int length = LengthAt(text, at);
            yield return length == 1 && text[at] < 128 ? s_ascii[text[at]] : text.Substring(at, length);
            at += length;
        }
    }

    /// <summary>Position in the text of the code point with an index.</summary>
    public static int Offset(string text, int index)
    {
        if (AreChars(text))
            return index;
        int at = 0;
        for (; index > 0; index--)
            at += LengthAt(text, at);
        return at;
    }

    /// <summary>Index of the code point at a position.</summary>
    public static int IndexOf(string text, int offset) => Count(text.AsSpan(0, offset));

    private static int LengthAt(string text, int at) => at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
}
