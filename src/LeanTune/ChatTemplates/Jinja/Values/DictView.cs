namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>What keys(), values() and items() of a mapping give: it can be walked through and counted, not indexed.</summary>
/// <param name="kind">keys, values or items.</param>
/// <param name="source">The mapping.</param>
internal sealed class DictView(string kind, DictValue source)
{
    public string Kind => kind;

    public int Count => source.Count;

    public bool Contains(RenderBudget budget, object? value) => kind == "keys"
        ? KeyComparer.TryKey(value) is object key && source.Contains(key)
        : Items().Any(item => Equality.AreEqual(budget, item, value));

    public IEnumerable<object?> Items()
    {
        foreach ((object key, object? value) in source.Entries)
            yield return kind switch
            {
                "keys" => KeyComparer.ValueOf(key),
                "values" => value,
                _ => new TupleValue([KeyComparer.ValueOf(key), value]),
            };
    }
}
