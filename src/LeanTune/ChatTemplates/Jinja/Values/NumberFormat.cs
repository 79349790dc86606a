using System.Numerics;
using System.Text;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>Digits of numbers without sign and padding, for both ways of formatting.</summary>
internal static class NumberFormat
{
    /// <summary>The absolute value of a float.</summary>
    /// <param name="value">The float.</param>
    /// <param name="type">f, e or g, in capitals for capital letters.</param>
    /// <param name="precision">Digits behind the point, or significant ones for g.</param>
    /// <param name="keepsZeros">Whether g keeps zeros behind.</param>
    public static string Float(double value, char type, int precision, bool keepsZeros)
    {
        if (precision > ExactDecimal.MostDigits)
            throw new RenderError($"a format asks for {precision} digits; at most {ExactDecimal.MostDigits} are allowed");
        string text = !double.IsFinite(value) ? (double.IsNaN(value) ? "nan" : "inf") : char.ToLowerInvariant(type) switch
        {
            'f' => ExactDecimal.Fixed(value, precision),
            'e' => WithExponent(value, precision + 1, keepsZeros: true),
            _ => General(value, Math.Max(precision, 1), keepsZeros),
        };
        return char.IsAsciiLetterUpper(type) ? text.ToUpperInvariant() : text;
    }

    /// <summary>A whole number that is not negative, in base 2, 8 or 16.</summary>
    public static string InBase(BigInteger value, int numberBase)
    {
        if (value.IsZero)
            return "0";
        StringBuilder digits = new();
        for (; !value.IsZero; value /= numberBase)
            digits.Insert(0, "0123456789abcdef"[(int)(value % numberBase)]);
        return digits.ToString();
    }

    /// <summary>The character with a code point.</summary>
    public static string Character(BigInteger code) => code >= 0 && code < 0x10000 ? ((char)(int)code).ToString()
        : code >= 0x10000 && code <= 0x10FFFF ? char.ConvertFromUtf32((int)code)
        : throw new RenderError("no character has this number");

    private static string WithExponent(double value, int significant, bool keepsZeros)
    {
        (string digits, int exponent) = ExactDecimal.Significant(value, significant);
        if (!keepsZeros)
            digits = digits[..1] + digits[1..].TrimEnd('0');
        return $"{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{FloatText.Exponent(exponent)}";
    }

    private static string General(double value, int significant, bool keepsZeros)
    {
        int exponent = ExactDecimal.Significant(value, significant).Exponent;
        if (exponent < -4 || exponent >= significant)
            return WithExponent(value, significant, keepsZeros);
        string text = ExactDecimal.Fixed(value, significant - 1 - exponent);
        return keepsZeros || !text.Contains('.') ? text : text.TrimEnd('0').TrimEnd('.');
    }
}
