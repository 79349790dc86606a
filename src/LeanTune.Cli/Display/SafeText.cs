using System.Globalization;
using System.Text;

namespace LeanTune.Cli.Display;

/// <summary>Makes text that a model or a file brought safe to print: no control characters that move the cursor or change the terminal.</summary>
internal static class SafeText
{
    /// <summary>The text with control and format characters, except line breaks and tabs, replaced by '�'; line breaks are unified.</summary>
    public static string Of(string text)
    {
        StringBuilder safe = new(text.Length);
        foreach (char c in text.ReplaceLineEndings("\n"))
        {
            bool hidden = c is not ('\n' or '\t') && (char.IsControl(c) || (c != '\u200d' && char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator));
            safe.Append(hidden ? '\ufffd' : c);
        }
        return safe.ToString();
    }

    /// <summary>One line of at most so many characters.</summary>
    public static string Line(string text, int longest)
    {
        string line = Of(text).Replace('\n', ' ').Replace('\t', ' ');
        return line.Length <= longest ? line : line[..(longest - 1)] + "…";
    }
}
