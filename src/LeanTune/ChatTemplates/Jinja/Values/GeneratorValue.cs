namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>Values that are made as they are asked for, and only once: what map, select and their kin give.</summary>
internal sealed class GeneratorValue(IEnumerable<object?> items)
{
    private readonly IEnumerator<object?> _items = items.GetEnumerator();

    /// <summary>What has not been taken yet.</summary>
    public IEnumerable<object?> Rest()
    {
        while (_items.MoveNext())
            yield return _items.Current;
    }
}
