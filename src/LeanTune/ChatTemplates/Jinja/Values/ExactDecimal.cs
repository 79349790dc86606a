using System.Globalization;
using System.Numerics;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>Floats with a given count of digits, rounded from their exact value, a tie to the even digit: as Python formats and rounds.</summary>
internal static class ExactDecimal
{
    /// <summary>Most digits that can be asked for.</summary>
    public const int MostDigits = 1000;

    /// <summary>The absolute value with so many digits behind the point.</summary>
    public static string Fixed(double value, int digits)
    {
        string text = Scaled(value, digits).ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        return digits == 0 ? text : $"{text[..^digits]}.{text[^digits..]}";
    }

    /// <summary>The absolute value's first significant digits, and the decimal exponent of the first.</summary>
    public static (string Digits, int Exponent) Significant(double value, int count)
    {
        if (value == 0)
            return (new string('0', count), 0);
        int exponent = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        while (true)
        {
            string text = Scaled(value, count - 1 - exponent).ToString(CultureInfo.InvariantCulture);
            if (text.Length == count)
                return (text, exponent);
            // The logarithm was a little off, or rounding made one digit more.
            exponent += text.Length > count ? 1 : -1;
        }
    }

    /// <summary>The float nearest to a value rounded to so many digits behind the point, or before it when negative.</summary>
    public static double Round(double value, int digits)
    {
        if (!double.IsFinite(value) || digits > 330)
            return value;
        if (digits < -330)
            return double.CopySign(0, value);
        string text = $"{Scaled(value, digits).ToString(CultureInfo.InvariantCulture)}E{(-digits).ToString(CultureInfo.InvariantCulture)}";
        return double.CopySign(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture), value);
    }

    /// <summary>|value| · 10^digits, rounded to a whole number, a tie to the even one.</summary>
    private static BigInteger Scaled(double value, int digits)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int power = (int)((bits >> 52) & 0x7FF);
        long fraction = bits & 0xF_FFFF_FFFF_FFFF;
        BigInteger numerator = power == 0 ? fraction : fraction | (1L << 52), denominator = BigInteger.One;
        power = Math.Max(power, 1) - 1075;
        if (power > 0)
            numerator <<= power;
        else
            denominator <<= -power;
        if (digits > 0)
            numerator *= BigInteger.Pow(10, digits);
        else
            denominator *= BigInteger.Pow(10, -digits);
        BigInteger quotient = BigInteger.DivRem(numerator, denominator, out BigInteger remainder);
        int half = (remainder * 2).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }
}
