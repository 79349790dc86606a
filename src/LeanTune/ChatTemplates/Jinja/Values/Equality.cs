using System.Runtime.CompilerServices;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>The operator ==, and membership.</summary>
internal static class Equality
{
    public static bool AreEqual(RenderBudget budget, object? a, object? b)
    {
        switch (a, b)
        {
            case (string x, string y):
                budget.Spend(x.Length == y.Length ? x.Length >> 4 : 0);
                return x == y;
            case (null, _) or (_, null):
                return a is null && b is null;
            case (Undefined, Undefined):
                return true;
            case (ListValue x, ListValue y):
                return SameItems(budget, x.Items, y.Items);
            case (TupleValue x, TupleValue y):
                return SameItems(budget, x.Items, y.Items);
            case (DictValue x, DictValue y):
                return SameEntries(budget, x, y);
            case (RangeValue x, RangeValue y):
                return x.Count == y.Count && (x.Count == 0 || (x.Start == y.Start && (x.Count == 1 || x.Step == y.Step)));
            default:
                return Number.IsNumber(a) && Number.IsNumber(b) ? Number.AreEqual(a, b) : ReferenceEquals(a, b);
        }
    }

    /// <summary>Whether a container holds a value; text holds its parts.</summary>
    /// <exception cref="RenderError">The container cannot hold anything.</exception>
    public static bool Contains(RenderBudget budget, object? container, object? value)
    {
        switch (container)
        {
            case string text:
                budget.SpendText(text.Length);
                return value is string part
                    ? text.Contains(part, StringComparison.Ordinal)
                    : throw new RenderError($"'in' a string needs a string before it, not {TypeName.WithArticle(value)}");
            case DictValue dict:
                budget.SpendPassing(value);
                return value is not Undefined && dict.Contains(DictValue.Key(value));
            case DictView view:
                budget.Spend(view.Count);
                return view.Contains(budget, value);
            case RangeValue range:
                return range.Contains(value);
            default:
                foreach (object? item in Iteration.TryOf(budget, container)
                    ?? throw new RenderError($"'in' needs a text, a list or a mapping behind it, not {TypeName.WithArticle(container)}"))
                    if (ReferenceEquals(item, value) || AreEqual(budget, item, value))
                        return true;
                return false;
        }
    }

    private static bool SameItems(RenderBudget budget, object?[] a, object?[] b)
    {
        if (a.Length != b.Length || ReferenceEquals(a, b))
            return a.Length == b.Length;
        RuntimeHelpers.EnsureSufficientExecutionStack();
        budget.Spend(a.Length);
        for (int i = 0; i < a.Length; i++)
            if (!ReferenceEquals(a[i], b[i]) && !AreEqual(budget, a[i], b[i]))
                return false;
        return true;
    }

    private static bool SameEntries(RenderBudget budget, DictValue a, DictValue b)
    {
        if (a.Count != b.Count || ReferenceEquals(a, b))
            return a.Count == b.Count;
        RuntimeHelpers.EnsureSufficientExecutionStack();
        budget.Spend(a.Count);
        foreach ((object key, object? value) in a.Entries)
            if (!b.TryGet(key, out object? other) || !AreEqual(budget, value, other))
                return false;
        return true;
    }
}
