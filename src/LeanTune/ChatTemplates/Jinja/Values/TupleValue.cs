using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>A tuple; those that grouping makes have named items besides.</summary>
internal sealed class TupleValue(object?[] items, string[]? names = null) : SequenceValue(items), IAttributes
{
    public override SequenceValue With(object?[] items) => new TupleValue(items);

    public bool TryGetAttribute(string name, out object? value)
    {
        int at = names is null ? -1 : Array.IndexOf(names, name);
        value = at < 0 ? null : Items[at];
        return at >= 0;
    }
}
