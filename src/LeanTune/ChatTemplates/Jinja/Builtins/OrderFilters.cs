using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Filters that compare items: sorting, grouping, the least and the greatest, those that differ.</summary>
internal static class OrderFilters
{
    private static readonly object s_undefined = new();
    private static readonly string[] s_groupNames = ["grouper", "list"];

    public static IEnumerable<Filter> All { get; } =
    [
        new("sort", Parameters.Of(("reverse", false), ("case_sensitive", false), ("attribute", null)), static (run, value, values) =>
            new ListValue(Sort(run, Iteration.ToArray(run.Budget, value), Attributes.SortKey(run.Budget, values[2], Truth.Of(values[1])), Truth.Of(values[0])))),
        new("unique", Parameters.Of(("case_sensitive", false), ("attribute", null)), static (run, value, values) => new GeneratorValue(Unique(run, value, values))),
        new("min", Parameters.Of(("case_sensitive", false), ("attribute", null)), static (run, value, values) => Extreme(run, value, values, isGreatest: false)),
        new("max", Parameters.Of(("case_sensitive", false), ("attribute", null)), static (run, value, values) => Extreme(run, value, values, isGreatest: true)),
        new("groupby", Parameters.Of(("attribute", Parameters.Required), ("default", null), ("case_sensitive", false)), Group),
        new("dictsort", Parameters.Of(("case_sensitive", false), ("by", "key"), ("reverse", false)), SortMapping),
    ];

    /// <summary>Items in the order of their keys, equal ones as they were; reversed, equal ones still as they were.</summary>
    private static object?[] Sort(RenderRun run, object?[] items, Func<object?, object?> key, bool isReversed)
    {
        (object? Key, object? Item)[] keyed = Array.ConvertAll(items, item => (key(item), item));
        Comparer<(object? Key, object? Item)> order = Comparer<(object? Key, object? Item)>.Create((a, b) =>
        {
            run.Budget.Spend(1);
            return Ordering.Compare(run.Budget, a.Key, b.Key) ?? 0;
        });
        try
        {
            // Unlike Array.Sort, this keeps the order of equal items.
            return [.. (isReversed ? keyed.OrderDescending(order) : keyed.Order(order)).Select(static pair => pair.Item)];
        }
        catch (InvalidOperationException error) when (error.InnerException is RenderError inner)
        {
            throw inner;
        }
    }

    private static IEnumerable<object?> Unique(RenderRun run, object? value, object?[] values)
    {
        Func<object?, object?> get = Attributes.Getter(run.Budget, values[1]);
        HashSet<object> seen = new(KeyComparer.Instance);
        foreach (object? item in Iteration.Of(run.Budget, value))
        {
            object? key = Attributes.Fold(run.Budget, get(item), Truth.Of(values[0]));
            if (seen.Add(key is Undefined ? s_undefined : DictValue.Key(key)))
                yield return item;
        }
    }

    private static object? Extreme(RenderRun run, object? value, object?[] values, bool isGreatest)
    {
        Func<object?, object?> get = Attributes.Getter(run.Budget, values[1]);
        object?[] items = Iteration.ToArray(run.Budget, value);
        if (items.Length == 0)
            return new Undefined(static () => "the list is empty: it has neither least nor greatest item");
        object? best = items[0], bestKey = Attributes.Fold(run.Budget, get(best), Truth.Of(values[0]));
        foreach (object? item in items.AsSpan(1))
        {
            object? key = Attributes.Fold(run.Budget, get(item), Truth.Of(values[0]));
            int? order = Ordering.Compare(run.Budget, key, bestKey);
            if (isGreatest ? order > 0 : order < 0)
                (best, bestKey) = (item, key);
        }

        return best;
    }

    private static ListValue Group(RenderRun run, object? value, object?[] values)
    {
        bool caseSensitive = Truth.Of(values[2]);
        Func<object?, object?> get = Attributes.Getter(run.Budget, values[0], values[1]);
        List<object?> groups = [];
        List<object?> members = [];
        object? current = null;
        foreach (object? item in Sort(run, Iteration.ToArray(run.Budget, value), item => Attributes.Fold(run.Budget, get(item), caseSensitive), isReversed: false))
        {
            object? key = Attributes.Fold(run.Budget, get(item), caseSensitive);
            if (members.Count > 0 && !Equality.AreEqual(run.Budget, key, current))
                Close();
            current = key;
            members.Add(item);
        }

        if (members.Count > 0)
            Close();
        return new ListValue([.. groups]);

        // Where case does not count, the group is called after its first member.
        void Close()
        {
            groups.Add(new TupleValue([get(members[0]), new ListValue([.. members])], s_groupNames));
            members.Clear();
        }
    }

    private static ListValue SortMapping(RenderRun run, object? value, object?[] values)
    {
        if (value is not DictValue dict)
            throw value is Undefined undefined ? undefined.Error() : new RenderError($"the filter 'dictsort' needs a mapping, not {TypeName.WithArticle(value)}");
        int by = values[1] switch { "key" => 0, "value" => 1, _ => throw new RenderError("the filter 'dictsort' sorts by 'key' or by 'value'") };
        object?[] items = Iteration.ToArray(run.Budget, new DictView("items", dict));
        bool caseSensitive = Truth.Of(values[0]);
        return new ListValue(Sort(run, items, item => Attributes.Fold(run.Budget, ((TupleValue)item!).Items[by], caseSensitive), Truth.Of(values[2])));
    }
}
