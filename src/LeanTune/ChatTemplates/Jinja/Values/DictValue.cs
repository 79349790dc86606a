namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>A mapping that keeps the order in which its keys were added. Templates cannot change it.</summary>
internal sealed class DictValue
{
    // Messages and tools have a handful of keys: looking through them beats hashing.
    private const int MostWithoutIndex = 8;
    private readonly List<KeyValuePair<object, object?>> _entries;
    private Dictionary<object, int>? _index;

    public DictValue(int capacity = 4) => _entries = new List<KeyValuePair<object, object?>>(capacity);

    private DictValue(List<KeyValuePair<object, object?>> entries) => _entries = entries;

    public int Count => _entries.Count;

    public IReadOnlyList<KeyValuePair<object, object?>> Entries => _entries;

    /// <summary>A copy that may be added to.</summary>
    public DictValue Copy()
    {
        DictValue copy = new([.. _entries]);
        if (_entries.Count > MostWithoutIndex)
            copy.BuildIndex();
        return copy;
    }

    /// <summary>Adds an entry or replaces the value of one; for whoever builds the mapping, before templates see it.</summary>
    public void Set(object key, object? value)
    {
        int at = IndexOf(key);
        if (at >= 0)
        {
            _entries[at] = new(_entries[at].Key, value);
            return;
        }

        _entries.Add(new(key, value));
        if (_index is not null)
            _index.Add(key, _entries.Count - 1);
        else if (_entries.Count > MostWithoutIndex)
            BuildIndex();
    }

    /// <summary>A copy without one key.</summary>
    public DictValue Without(string key)
    {
        DictValue copy = new(Count);
        foreach ((object name, object? value) in _entries)
            if (name as string != key)
                copy.Set(name, value);
        return copy;
    }

    public bool TryGet(object key, out object? value)
    {
        int at = IndexOf(key);
        value = at < 0 ? null : _entries[at].Value;
        return at >= 0;
    }

    public bool Contains(object key) => IndexOf(key) >= 0;

    /// <summary>The value as a key.</summary>
    /// <exception cref="RenderError">Only text, numbers, none and tuples of these can be keys.</exception>
    public static object Key(object? value) =>
        KeyComparer.TryKey(value) ?? throw new RenderError($"{TypeName.WithArticle(value)} cannot be a key; expected text, a number, none, or a tuple of these");

    private int IndexOf(object key)
    {
        if (_index is not null)
            return _index.TryGetValue(key, out int found) ? found : -1;
        for (int i = 0; i < _entries.Count; i++)
            if (KeyComparer.Instance.Equals(_entries[i].Key, key))
                return i;
        return -1;
    }

    private void BuildIndex()
    {
        _index = new Dictionary<object, int>(KeyComparer.Instance);
        for (int i = 0; i < _entries.Count; i++)
            _index.Add(_entries[i].Key, i);
    }
}
