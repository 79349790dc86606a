using System.Numerics;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>What all kinds of numbers have in common; booleans count as 0 and 1.</summary>
internal static class Number
{
    public static bool IsNumber(object? value) => value is long or double or bool or BigInteger;

    public static bool TryInteger(object? value, out BigInteger number)
    {
        switch (value)
        {
            case long whole:
                number = whole;
                return true;
            case bool flag:
                number = flag ? 1 : 0;
                return true;
            case BigInteger big:
                number = big;
                return true;
            default:
                number = default;
                return false;
        }
    }

    /// <summary>A whole number of any type, floats without a fraction among them.</summary>
    public static bool TryWhole(object? value, out BigInteger number)
    {
        if (value is not double real)
            return TryInteger(value, out number);
        bool isWhole = double.IsFinite(real) && real == Math.Floor(real);
        number = isWhole ? new BigInteger(real) : default;
        return isWhole;
    }

    public static double ToDouble(object value) => value switch
    {
        double number => number,
        long number => number,
        bool flag => flag ? 1 : 0,
        BigInteger big => (double)big,
        _ => throw new RenderError($"{TypeName.WithArticle(value)} is no number"),
    };

    /// <summary>A value that must be a whole number of ordinary size, such as a width or a count.</summary>
    public static long ToLong(object? value, string what) => value switch
    {
        long number => number,
        bool flag => flag ? 1 : 0,
        Undefined undefined => throw undefined.Error(),
        _ => throw new RenderError($"{what} must be a whole number, not {TypeName.WithArticle(value)}"),
    };

    public static bool AreEqual(object a, object b) => Compare(a, b) == 0;

    /// <summary>Order of two numbers, exact also between whole numbers and floats; null when one is not a number in the sense of IEEE 754.</summary>
    public static int? Compare(object a, object b)
    {
        if (a is long left && b is long right)
            return left.CompareTo(right);
        bool isWhole = TryInteger(a, out BigInteger whole), otherIsWhole = TryInteger(b, out BigInteger otherWhole);
        if (isWhole && otherIsWhole)
            return whole.CompareTo(otherWhole);
        if (isWhole)
            return CompareExactly(whole, (double)b);
        if (otherIsWhole)
            return -CompareExactly(otherWhole, (double)a);
        (double first, double second) = ((double)a, (double)b);
        return double.IsNaN(first) || double.IsNaN(second) ? null : first.CompareTo(second);
    }

    private static int? CompareExactly(BigInteger whole, double number)
    {
        if (double.IsNaN(number))
            return null;
        if (double.IsInfinity(number))
            return number > 0 ? -1 : 1;
        double floor = Math.Floor(number);
        int order = whole.CompareTo(new BigInteger(floor));
        return order == 0 && number > floor ? -1 : order;
    }
}
