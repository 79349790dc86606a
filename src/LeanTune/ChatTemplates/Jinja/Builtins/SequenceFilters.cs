using System.Text;
using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Filters that take items out of lists, join them, or arrange them anew.</summary>
internal static class SequenceFilters
{
    private static readonly FilterBody s_length = static (_, value, _) => Iteration.CountOf(value) is int count
        ? Boxed.Of((long)count)
        : throw new RenderError($"{TypeName.WithArticle(value)} has no length");

    public static IEnumerable<Filter> All { get; } =
    [
        new("length", Parameters.None, s_length),
        new("count", Parameters.None, s_length),
        new("list", Parameters.None, static (run, value, _) => new ListValue(Iteration.ToArray(run.Budget, value))),
        new("first", Parameters.None, static (run, value, _) => First(run, value)),
        new("last", Parameters.None, static (run, value, _) => Last(run, value)),
        new("join", Parameters.Of(("d", ""), ("attribute", null)), Join),
        new("reverse", Parameters.None, Reverse),
        new("batch", Parameters.Of(("linecount", Parameters.Required), ("fill_with", null)), static (run, value, values) => new GeneratorValue(Batch(run, value, values))),
        new("slice", Parameters.Of(("slices", Parameters.Required), ("fill_with", null)), static (run, value, values) => new GeneratorValue(Slice(run, value, values))),
        new("sum", Parameters.Of(("attribute", null), ("start", 0L)), Sum),
    ];

    private static object? First(RenderRun run, object? value)
    {
        foreach (object? item in Iteration.Of(run.Budget, value))
            return item;
        return new Undefined(static () => "the list is empty: it has no first item");
    }

    private static object? Last(RenderRun run, object? value)
    {
        if (value is GeneratorValue)
            throw new RenderError("a generator has no last item: make it a list first");
        object?[] items = Iteration.ToArray(run.Budget, value);
        return items.Length > 0 ? items[^1] : new Undefined(static () => "the list is empty: it has no last item");
    }

    private static string Join(RenderRun run, object? value, object?[] values)
    {
        string separator = TextFilters.Text(run, values[0]);
        Func<object?, object?> get = Attributes.Getter(run.Budget, values[1]);
        StringBuilder result = new();
        bool isFirst = true;
        foreach (object? item in Iteration.Of(run.Budget, value))
        {
            string text = TextFilters.Text(run, get(item));
            run.Budget.SpendText((long)separator.Length + text.Length);
            RenderBudget.CheckLength(result.Length);
            if (!isFirst)
                result.Append(separator);
            isFirst = false;
            result.Append(text);
        }

        return result.ToString();
    }

    private static object Reverse(RenderRun run, object? value, object?[] values)
    {
        object?[] items = [.. Iteration.ToArray(run.Budget, value)];
        Array.Reverse(items);
        return value is string ? string.Concat(items) : new GeneratorValue(items);
    }

    private static IEnumerable<object?> Batch(RenderRun run, object? value, object?[] values)
    {
        long size = Number.ToLong(values[0], "the size of a batch");
        List<object?> batch = [];
        foreach (object? item in Iteration.Of(run.Budget, value))
        {
            if (batch.Count == size)
            {
                yield return new ListValue([.. batch]);
                batch.Clear();
            }

            batch.Add(item);
        }

        if (batch.Count == 0)
            yield break;
        if (values[1] is not null && size > batch.Count)
        {
            run.Budget.SpendList(size);
            batch.AddRange(Enumerable.Repeat(values[1], (int)size - batch.Count));
        }

        yield return new ListValue([.. batch]);
    }

    private static IEnumerable<object?> Slice(RenderRun run, object? value, object?[] values)
    {
        object?[] items = Iteration.ToArray(run.Budget, value);
        long slices = Number.ToLong(values[0], "the count of slices");
        if (slices <= 0)
            throw new RenderError("the count of slices must be above 0");
        run.Budget.SpendList(slices);
        (long size, long longer) = Math.DivRem(items.Length, slices);
        for (int slice = 0, at = 0; slice < slices; slice++)
        {
            int count = (int)size + (slice < longer ? 1 : 0);
            object?[] part = items[at..(at + count)];
            at += count;
            yield return new ListValue(values[1] is not null && slice >= longer ? [.. part, values[1]] : part);
        }
    }

    private static object? Sum(RenderRun run, object? value, object?[] values)
    {
        Func<object?, object?> get = Attributes.Getter(run.Budget, values[0]);
        object? sum = values[1];
        if (sum is string)
            throw new RenderError("the filter 'sum' adds numbers or lists; texts are joined with 'join'");
        foreach (object? item in Iteration.Of(run.Budget, value))
            sum = Arithmetic.Add(run.Budget, sum, get(item));
        return sum;
    }
}
