using System.Globalization;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Kinds of characters, as Python's text methods tell them apart; each character is a text of one code point.</summary>
internal static class CharacterKinds
{
    public static bool IsLetter(string character) => Category(character) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter
        or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter;

    public static bool IsDecimal(string character) => Category(character) == UnicodeCategory.DecimalDigitNumber;

    public static bool IsDigit(string character) => IsDecimal(character) || CharUnicodeInfo.GetDigitValue(character, 0) >= 0;

    public static bool IsNumeric(string character) => CharUnicodeInfo.GetNumericValue(character, 0) >= 0;

    public static bool IsAlphanumeric(string character) => IsLetter(character) || IsNumeric(character);

    public static bool IsUpper(string character) => Category(character) == UnicodeCategory.UppercaseLetter;

    public static bool IsLower(string character) => Category(character) is UnicodeCategory.LowercaseLetter;

    /// <summary>Whether a character has upper and lower case.</summary>
    public static bool IsCased(string character) =>
        Category(character) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter;

    private static UnicodeCategory Category(string character) => CharUnicodeInfo.GetUnicodeCategory(character, 0);
}
