using System.Numerics;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>Numbers at equal distances, made one by one.</summary>
internal sealed class RangeValue
{
    /// <exception cref="RenderError">The step is 0, or there are too many numbers.</exception>
    public RangeValue(long start, long stop, long step)
    {
        if (step == 0)
            throw new RenderError("the step of a range must not be 0");
        Int128 distance = step > 0 ? (Int128)stop - start : (Int128)start - stop;
        Int128 count = distance <= 0 ? 0 : ((distance - 1) / Int128.Abs(step)) + 1;
        if (count > RenderBudget.MostElements)
            throw new RenderError($"a range of {count} numbers is too long; at most {RenderBudget.MostElements} are allowed");
        (Start, Stop, Step, Count) = (start, stop, step, (int)count);
    }

    public long Start { get; }

    public long Stop { get; }

    public long Step { get; }

    public int Count { get; }

    public object this[int index] => Boxed.Of(Start + (index * Step));

    public bool Contains(object? value)
    {
        if (!Number.TryWhole(value, out BigInteger number))
            return false;
        BigInteger offset = number - Start;
        return offset % Step == 0 && offset / Step >= 0 && offset / Step < Count;
    }

    public IEnumerable<object?> Items()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }
}
