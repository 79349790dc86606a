using System.Globalization;

namespace LeanTune.Tokenization.Files;

/// <summary>Reads a score as Hugging Face's tokenizers do: all digits as one whole number, then one division by a power of ten.</summary>
/// <remarks>
/// The result can be one unit in the last place off the nearest double. That decides between segmentations of the same tokens in another order, whose sums differ
/// by rounding alone, so that ids are only equal when scores are read the same way.
/// </remarks>
internal static class ScoreReader
{
    private const int LargestPower = 308;

    /// <summary>The value of a JSON number.</summary>
    public static double Read(string number)
    {
        int end = number.IndexOfAny(['e', 'E']);
        int exponent = end < 0 ? 0 : int.TryParse(number.AsSpan(end + 1), CultureInfo.InvariantCulture, out int written) ? Math.Clamp(written, -100_000, 100_000) : 0;
        ulong significand = 0;
        bool isFraction = false;
        bool isFull = false;
        foreach (char c in number.AsSpan(0, end < 0 ? number.Length : end).TrimStart('-'))
        {
            if (c == '.')
            {
                isFraction = true;
                continue;
            }
            ulong digit = (ulong)(c - '0');
            isFull |= significand > (ulong.MaxValue - digit) / 10;
            if (!isFull)
                significand = significand * 10 + digit;
            // Digits beyond what 64 bits hold are dropped.
            exponent += isFraction ? (isFull ? 0 : -1) : (isFull ? 1 : 0);
        }
        double value = Scale(significand, exponent);
        return number.StartsWith('-') ? -value : value;
    }

    private static double Scale(double value, int exponent)
    {
        for (; exponent < -LargestPower && value != 0; exponent += LargestPower)
            value /= PowerOfTen(LargestPower);
        if (value == 0)
            return value;
        return exponent >= 0 ? value * PowerOfTen(exponent) : value / PowerOfTen(-exponent);
    }

    private static double PowerOfTen(int exponent) => double.Parse(string.Create(CultureInfo.InvariantCulture, $"1e{exponent}"), CultureInfo.InvariantCulture);
}
