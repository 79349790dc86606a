using System.Globalization;

namespace LeanTune.Tokenization.Text;

/// <summary>The classes of code points that tokenizers ask for.</summary>
internal static class CodePoints
{
    /// <summary>White_Space of Unicode.</summary>
    public static bool IsWhiteSpace(int codePoint) => codePoint <= char.MaxValue && char.IsWhiteSpace((char)codePoint);

    /// <summary>Categories Nd, Nl and No.</summary>
    public static bool IsNumeric(int codePoint)
    {
        if (codePoint < 0x80)
            return (uint)(codePoint - '0') <= 9;
        return CharUnicodeInfo.GetUnicodeCategory(codePoint)
            is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
    }

    /// <summary>Any category M, as StripAccents knows it.</summary>
    public static bool IsMark(int codePoint)
    {
        if (codePoint < 0x300)
            return false;
        bool isMark = CharUnicodeInfo.GetUnicodeCategory(codePoint)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
        return (isMark && !YoungCharacters.IsUnknownMark(codePoint)) || codePoint is 0x1CF2 or 0x1CF3;
    }

    /// <summary>Category Mn as BERT knows it.</summary>
    public static bool IsNonSpacingMark(int codePoint) =>
        codePoint >= 0x300 && ((CharUnicodeInfo.GetUnicodeCategory(codePoint) == UnicodeCategory.NonSpacingMark && !YoungCharacters.IsUnknownToBert(codePoint)) || codePoint is 0x1734 or 0x1171E);

    /// <summary>ASCII punctuation (symbols such as $ and + included) or any category P as BERT knows it.</summary>
    public static bool IsPunctuation(int codePoint)
    {
        if (codePoint < 0x80)
            return codePoint is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~');
        bool isPunctuation = CharUnicodeInfo.GetUnicodeCategory(codePoint)
            is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
            or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;
        return (isPunctuation && !YoungCharacters.IsUnknownToBert(codePoint)) || codePoint is 0x166D or 0x111C9;
    }

    /// <summary>Categories Cc, Cf and Co as BERT knows them.</summary>
    public static bool IsControl(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        UnicodeCategory.Control or UnicodeCategory.PrivateUse => true,
        UnicodeCategory.Format => !YoungCharacters.IsUnknownToBert(codePoint),
        _ => false,
    };

    /// <summary>\w of Unicode's regular expressions: Alphabetic, marks, decimal digits, connectors and joiners.</summary>
    public static bool IsWord(int codePoint)
    {
        if (codePoint < 0x80)
            return char.IsAsciiLetterOrDigit((char)codePoint) || codePoint == '_';
        if (codePoint is 0x200C or 0x200D || IsAlphabeticSymbol(codePoint))
            return true;
        return CharUnicodeInfo.GetUnicodeCategory(codePoint)
            is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber or UnicodeCategory.DecimalDigitNumber
            or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.ConnectorPunctuation;
    }

    /// <summary>Symbols that are Alphabetic all the same: circled, squared and parenthesised letters.</summary>
    public static bool IsAlphabeticSymbol(int codePoint) =>
        codePoint is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);
}
