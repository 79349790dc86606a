using System.Text;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Upper, lower and title case of any language, as Python's text methods make them.</summary>
internal static class LetterCase
{
    public static string Upper(string text)
    {
        string upper = text.ToUpperInvariant();
        return Ascii.IsValid(text) ? upper : Expand(text, upper, SpecialLetters.Upper);
    }

    public static string Lower(string text)
    {
        string lower = text.ToLowerInvariant();
        if (Ascii.IsValid(text))
            return lower;
        if (text.Contains('İ'))
            lower = Expand(text, lower, static letter => letter == 'İ' ? "i̇" : null);
        return text.Contains('Σ') ? WithFinalSigma(text, lower) : lower;
    }

    /// <summary>The first letter as at the start of a word, the others in lower case.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0)
            return text;
        int first = char.IsSurrogatePair(text, 0) ? 2 : 1;
        return Title(text[..first]) + Lower(text)[Lower(text[..first]).Length..];
    }

    /// <summary>Every run of letters with its first as at the start of a word, the others in lower case.</summary>
    public static string TitleRuns(string text)
    {
        StringBuilder result = new(text.Length);
        bool within = false;
        foreach (string character in CodePoints.Split(text))
        {
            result.Append(within ? Lower(character) : Title(character));
            within = CharacterKinds.IsCased(character);
        }

        return result.ToString();
    }

    public static string Swap(string text)
    {
        StringBuilder result = new(text.Length);
        foreach (string character in CodePoints.Split(text))
            result.Append(CharacterKinds.IsUpper(character) ? Lower(character) : CharacterKinds.IsLower(character) ? Upper(character) : character);
        return result.ToString();
    }

    public static bool IsUpper(string text) => HasOnly(text, CharacterKinds.IsUpper);

    public static bool IsLower(string text) => HasOnly(text, CharacterKinds.IsLower);

    private static bool HasOnly(string text, Func<string, bool> isWanted)
    {
        bool any = false;
        foreach (string character in CodePoints.Split(text))
        {
            if (!CharacterKinds.IsCased(character))
                continue;
            if (!isWanted(character))
                return false;
            any = true;
        }

        return any;
    }

    private static string Title(string character) => SpecialLetters.Title(character[0]) ?? Upper(character);

    // The plain mapping keeps every letter's place.
    private static string Expand(string text, string mapped, Func<char, string?> special)
    {
        StringBuilder result = new(text.Length);
        for (int i = 0; i < text.Length; i++)
            _ = special(text[i]) is string letters ? result.Append(letters) : result.Append(mapped[i]);
        return result.ToString();
    }

    // A sigma at the end of a word has a form of its own.
    private static string WithFinalSigma(string text, string lower)
    {
        if (text.Length != lower.Length)
            return lower;
        char[] letters = lower.ToCharArray();
        for (int i = 0; i < text.Length; i++)
            if (text[i] == 'Σ' && i > 0 && char.IsLetter(text[i - 1]) && (i + 1 == text.Length || !char.IsLetter(text[i + 1])))
                letters[i] = 'ς';
        return new string(letters);
    }
}
