using System.Globalization;
using System.Text;

namespace LeanTune.ChatTemplates.Jinja.Syntax;

/// <summary>Resolves the escapes of a quoted text, as Python writes them.</summary>
internal static class StringEscapes
{
    /// <summary>The text meant, or null when an escape is broken. An unknown escape stays as it is written.</summary>
    public static string? TryResolve(ReadOnlySpan<char> text)
    {
        int at = text.IndexOf('\\');
        if (at < 0)
            return text.ToString();
        StringBuilder result = new(text.Length);
        result.Append(text[..at]);
        while (at < text.Length)
        {
            if (text[at] != '\\')
            {
                result.Append(text[at++]);
                continue;
            }

            int length = ResolveOne(text[(at + 1)..], result);
            if (length < 0)
                return null;
            at += 1 + length;
        }

        return result.ToString();
    }

    // Appends what one escape means and returns how many characters follow the backslash; -1 when broken.
    private static int ResolveOne(ReadOnlySpan<char> rest, StringBuilder result)
    {
        if (rest.IsEmpty)
            return -1;
        if (rest[0] is >= '0' and <= '7')
        {
            int value = 0, count = 0;
            while (count < 3 && count < rest.Length && rest[count] is >= '0' and <= '7')
                value = (value * 8) + (rest[count++] - '0');
            result.Append((char)value);
            return count;
        }

        int digits = rest[0] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0)
            return AppendCodePoint(rest[1..], digits, result) ? digits + 1 : -1;
        if (rest[0] == '\n') // a line that goes on
            return 1;
        string? plain = rest[0] switch
        {
            'n' => "\n", 't' => "\t", 'r' => "\r", '\\' => "\\", '\'' => "'", '"' => "\"",
            'a' => "\a", 'b' => "\b", 'f' => "\f", 'v' => "\v", _ => null,
        };
        if (plain is null)
            result.Append('\\').Append(rest[0]);
        else
            result.Append(plain);
        return 1;
    }

    private static bool AppendCodePoint(ReadOnlySpan<char> digits, int count, StringBuilder result)
    {
        if (digits.Length < count || !uint.TryParse(digits[..count], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value) || value > 0x10FFFF)
            return false;
        if (value < 0x10000)
            result.Append((char)value);
        else
            result.Append(char.ConvertFromUtf32((int)value));
        return true;
    }
}
