using System.Runtime.CompilerServices;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>The order of values that have one: numbers, texts by code points, and lists or tuples item by item.</summary>
internal static class Ordering
{
    /// <summary>Below, at or above 0 as a comes before, with or after b; null when a float that is no number takes part.</summary>
    /// <exception cref="RenderError">The two have no order.</exception>
    public static int? Compare(RenderBudget budget, object? a, object? b)
    {
        switch (a, b)
        {
            case (string x, string y):
                budget.Spend(Math.Min(x.Length, y.Length) >> 4);
                return CompareText(x, y);
            case (ListValue x, ListValue y):
                return CompareItems(budget, x.Items, y.Items);
            case (TupleValue x, TupleValue y):
                return CompareItems(budget, x.Items, y.Items);
            case (Undefined undefined, _):
                throw undefined.Error();
            case (_, Undefined undefined):
                throw undefined.Error();
        }

        if (Number.IsNumber(a) && Number.IsNumber(b))
            return Number.Compare(a!, b!);
        throw new RenderError($"{TypeName.WithArticle(a)} and {TypeName.WithArticle(b)} have no order");
    }

    /// <summary>Order of texts by code points, which differs from that of UTF-16 above U+FFFF.</summary>
    public static int CompareText(string a, string b)
    {
        int same = a.AsSpan().CommonPrefixLength(b);
        if (same == a.Length || same == b.Length)
            return a.Length.CompareTo(b.Length);
        return Rank(a[same]).CompareTo(Rank(b[same]));
        static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
    }

    private static int? CompareItems(RenderBudget budget, object?[] a, object?[] b)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        int shared = Math.Min(a.Length, b.Length);
        budget.Spend(shared);
        for (int i = 0; i < shared; i++)
            if (!Equality.AreEqual(budget, a[i], b[i]))
                return Compare(budget, a[i], b[i]);
        return a.Length.CompareTo(b.Length);
    }
}
