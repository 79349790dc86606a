using System.Globalization;
using System.Numerics;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>Reads whole numbers as Python's int does.</summary>
internal static class IntegerText
{
    /// <summary>Reads a text of digits, with underscores between them, a sign, and whitespace around.</summary>
    /// <param name="text">The text.</param>
    /// <param name="numberBase">From 2 to 36; 0 to take it from a prefix 0x, 0o or 0b.</param>
    /// <param name="number">The number.</param>
    public static bool TryParse(string text, int numberBase, out BigInteger number)
    {
        number = BigInteger.Zero;
        string digits = Whitespace.Trim(text);
        bool isNegative = digits.StartsWith('-');
        if (isNegative || digits.StartsWith('+'))
            digits = digits[1..];
        int prefix = digits is ['0', var letter, ..] ? char.ToLowerInvariant(letter) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 } : 0;
        bool hasPrefix = prefix != 0 && (numberBase == 0 || numberBase == prefix);
        if (hasPrefix)
            (digits, numberBase) = (digits[2..], prefix);
        if (numberBase == 0)
            numberBase = 10;
        bool hasStrayUnderscore = digits.EndsWith('_') || (digits.StartsWith('_') && !hasPrefix) || digits.Contains("__", StringComparison.Ordinal);
        if (digits.Length == 0 || digits.Length > RenderBudget.WidestInteger || hasStrayUnderscore)
            return false;
        digits = digits.Replace("_", "", StringComparison.Ordinal);
        if (numberBase == 10 && digits.All(char.IsAsciiDigit))
        {
            number = BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        }
        else
        {
            foreach (char digit in digits)
            {
                int value = char.IsDigit(digit) ? (int)char.GetNumericValue(digit) : char.IsAsciiLetter(digit) ? char.ToLowerInvariant(digit) - 'a' + 10 : numberBase;
                if (value >= numberBase)
                    return false;
                number = (number * numberBase) + value;
            }
        }

        if (isNegative)
            number = -number;
        return number.GetBitLength() <= RenderBudget.WidestInteger;
    }
}
