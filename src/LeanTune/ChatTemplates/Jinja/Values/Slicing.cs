namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>Cuts texts and lists: value[start:stop:step], negative positions counted from the end.</summary>
internal static class Slicing
{
    /// <exception cref="RenderError">The value cannot be cut, or a bound is no whole number.</exception>
    public static object Of(RenderBudget budget, object? value, object? start, object? stop, object? step)
    {
        switch (value)
        {
            case string text:
                return OfText(budget, text, start, stop, step);
            case SequenceValue sequence:
                (int first, int count, long stride) = Bounds(sequence.Items.Length, start, stop, step);
                budget.Spend(count);
                return sequence.With(Pick(count, i => sequence.Items[first + (i * stride)]));
            case RangeValue range:
                (first, count, stride) = Bounds(range.Count, start, stop, step);
                return new RangeValue(range.Start + (first * range.Step), range.Start + ((first + (count * stride)) * range.Step), range.Step * stride);
            case Undefined undefined:
                throw undefined.Error();
            default:
                throw new RenderError($"{TypeName.WithArticle(value)} cannot be cut with [:]; expected a text or a list");
        }
    }

    private static string OfText(RenderBudget budget, string text, object? start, object? stop, object? step)
    {
        (int first, int count, long stride) = Bounds(CodePoints.Count(text), start, stop, step);
        budget.SpendText(text.Length);
        if (stride == 1)
        {
            int from = CodePoints.Offset(text, first);
            return CodePoints.AreChars(text) ? text.Substring(from, count) : text[from..CodePoints.Offset(text, first + count)];
        }

        string[] characters = [.. CodePoints.Split(text)];
        return string.Concat(Pick(count, i => characters[first + (i * stride)]));
    }

    private static T[] Pick<T>(int count, Func<int, T> item)
    {
        T[] items = new T[count];
        for (int i = 0; i < count; i++)
            items[i] = item(i);
        return items;
    }

    /// <summary>First position, count and step of a cut through so many items.</summary>
    private static (int First, int Count, long Step) Bounds(int length, object? start, object? stop, object? step)
    {
        long stride = Bound(step, "the step of a slice") ?? 1;
        if (stride == 0)
            throw new RenderError("the step of a slice must not be 0");
        stride = Math.Clamp(stride, -int.MaxValue, int.MaxValue);
        (long lowest, long highest) = stride > 0 ? (0L, (long)length) : (-1L, length - 1L);
        long first = Place(Bound(start, "the start of a slice"), length, lowest, highest) ?? (stride > 0 ? lowest : highest);
        long end = Place(Bound(stop, "the end of a slice"), length, lowest, highest) ?? (stride > 0 ? highest : lowest);
        long distance = stride > 0 ? end - first : first - end;
        long count = distance <= 0 ? 0 : ((distance - 1) / Math.Abs(stride)) + 1;
        return count == 0 ? (0, 0, stride) : ((int)first, (int)count, stride);
    }

    private static long? Bound(object? value, string what) => value is null ? null : Number.ToLong(value, what);

    private static long? Place(long? at, int length, long lowest, long highest) => at is not long place ? null
        : Math.Clamp(place < 0 ? Math.Max(place, -(long)length - 1) + length : place, lowest, highest);
}
