using System.Numerics;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>Boxes of the commonest values, so that flags and loop counters allocate nothing.</summary>
internal static class Boxed
{
    public static readonly object True = true;
    public static readonly object False = false;
    private static readonly object[] s_small = [.. Enumerable.Range(-1, 258).Select(number => (object)(long)number)];

    public static object Of(bool value) => value ? True : False;

    public static object Of(long value) => value is >= -1 and < 257 ? s_small[value + 1] : value;

    /// <summary>A whole number in its narrowest form: long, or BigInteger beyond its range.</summary>
    public static object Of(BigInteger value)
    {
        if (value >= long.MinValue && value <= long.MaxValue)
            return Of((long)value);
        return value.GetBitLength() <= RenderBudget.WidestInteger
            ? value
            : throw new RenderError($"a whole number has more than {RenderBudget.WidestInteger} bits");
    }
}
