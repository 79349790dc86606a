using System.Globalization;
using System.Text;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>A text in quotes, with escapes for what does not print.</summary>
internal static class StringRepr
{
    public static void Append(StringBuilder result, string text)
    {
        char quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        result.Append(quote);
        for (int at = 0; at < text.Length; at++)
        {
            char c = text[at];
            if (c == quote || c == '\\')
                result.Append('\\').Append(c);
            else if (c is >= ' ' and < '\x7f')
                result.Append(c);
            else if (c is '\n' or '\r' or '\t')
                result.Append(c switch { '\n' => "\\n", '\r' => "\\r", _ => "\\t" });
            else if (at + 1 < text.Length && char.IsSurrogatePair(c, text[at + 1]))
                AppendCodePoint(result, char.ConvertToUtf32(c, text[++at]));
            else
                AppendCodePoint(result, c);
        }

        result.Append(quote);
    }

    private static void AppendCodePoint(StringBuilder result, int code)
    {
        if (IsPrintable(code))
            _ = code < 0x10000 ? result.Append((char)code) : result.Append(char.ConvertFromUtf32(code));
        else if (code < 0x100)
            result.Append(CultureInfo.InvariantCulture, $"\\x{code:x2}");
        else if (code < 0x10000)
            result.Append(CultureInfo.InvariantCulture, $"\\u{code:x4}");
        else
            result.Append(CultureInfo.InvariantCulture, $"\\U{code:x8}");
    }

    /// <summary>Whether Python's repr shows a code point as it is.</summary>
    public static bool IsPrintable(int code) => code == ' ' || CharUnicodeInfo.GetUnicodeCategory(code) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
