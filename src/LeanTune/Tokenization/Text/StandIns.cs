using System.Globalization;

namespace LeanTune.Tokenization.Text;

/// <summary>Chooses, for a code point beyond the BMP, a BMP character of the same general category, so that .NET's UTF-16 regular expressions see one unit a code point.</summary>
internal static class StandIns
{
    // An alphabetic symbol (circled letter): \w holds it, unlike other symbols.
    private const char AlphabeticSymbol = '\u24B6';

    /// <summary>The unit that a code point is matched as: itself within the BMP.</summary>
    public static char UnitOf(int codePoint)
    {
        if (codePoint <= char.MaxValue)
            return (char)codePoint;
        if (CodePoints.IsAlphabeticSymbol(codePoint))
            return AlphabeticSymbol;
        // Rare scripts from U+A000 on, where no tokenizer's pattern names a range; categories without a code point beyond the BMP are there for completeness.
        return CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
        {
            UnicodeCategory.UppercaseLetter => '\uA640',
            UnicodeCategory.LowercaseLetter => '\uA641',
            UnicodeCategory.TitlecaseLetter => '\u1F88',
            UnicodeCategory.ModifierLetter => '\uA717',
            UnicodeCategory.OtherLetter => '\uA000',
            UnicodeCategory.NonSpacingMark => '\uA66F',
            UnicodeCategory.SpacingCombiningMark => '\uA823',
            UnicodeCategory.EnclosingMark => '\uA670',
            UnicodeCategory.DecimalDigitNumber => '\uA620',
            UnicodeCategory.LetterNumber => '\uA6E6',
            UnicodeCategory.OtherNumber => '\uA830',
            UnicodeCategory.ConnectorPunctuation => '\uFE33',
            UnicodeCategory.DashPunctuation => '\uFE31',
            UnicodeCategory.OpenPunctuation => '\uFE35',
            UnicodeCategory.ClosePunctuation => '\uFE36',
            UnicodeCategory.InitialQuotePunctuation => '\u2E02',
            UnicodeCategory.FinalQuotePunctuation => '\u2E03',
            UnicodeCategory.OtherPunctuation => '\uA60D',
            UnicodeCategory.MathSymbol => '\uFE62',
            UnicodeCategory.CurrencySymbol => '\uA838',
            UnicodeCategory.ModifierSymbol => '\uA700',
            UnicodeCategory.OtherSymbol => '\uA490',
            UnicodeCategory.Format => '\uFFF9',
            UnicodeCategory.PrivateUse => '\uE000',
            _ => '\uFDD0',
        };
    }
}
