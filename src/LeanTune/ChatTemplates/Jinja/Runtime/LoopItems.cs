namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>The items of a loop, taken one by one, with a look ahead as far as the template asks for it.</summary>
internal sealed class LoopItems(IEnumerable<object?> source)
{
    private readonly IEnumerator<object?> _source = source.GetEnumerator();
    private readonly Queue<object?> _ahead = [];
    private int _taken;

    public bool TryTake(out object? item)
    {
        if (!_ahead.TryDequeue(out item))
        {
            if (!_source.MoveNext())
                return false;
            item = _source.Current;
        }

        _taken++;
        return true;
    }

    public bool TryPeek(out object? item)
    {
        if (_ahead.TryPeek(out item))
            return true;
        if (!_source.MoveNext())
            return false;
        item = _source.Current;
        _ahead.Enqueue(item);
        return true;
    }

    /// <summary>Count of all items, taken or not.</summary>
    public int Count()
    {
        while (_source.MoveNext())
            _ahead.Enqueue(_source.Current);
        return _taken + _ahead.Count;
    }
}
