using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>The variable loop within a loop's body.</summary>
/// <param name="items">The items.</param>
/// <param name="depth">How many recursive loops this one is within.</param>
/// <param name="recurse">Renders the loop's body over other items; null when the loop is not recursive.</param>
internal sealed class LoopState(LoopItems items, int depth, Func<object?, int, string>? recurse) : Callable, IAttributes
{
    private int _index = -1;
    private object? _previous, _current, _changed = RenderRun.Missing;

    /// <summary>Goes to the next item.</summary>
    public bool MoveNext(out object? item)
    {
        if (!items.TryTake(out item))
            return false;
        (_previous, _current) = (_current, item);
        _index++;
        return true;
    }

    public bool TryGetAttribute(string name, out object? value)
    {
        value = name switch
        {
            "index" => Boxed.Of(_index + 1L),
            "index0" => Boxed.Of((long)_index),
            "first" => Boxed.Of(_index == 0),
            "last" => Boxed.Of(!items.TryPeek(out _)),
            "length" => Boxed.Of((long)items.Count()),
            "revindex" => Boxed.Of((long)items.Count() - _index),
            "revindex0" => Boxed.Of((long)items.Count() - _index - 1),
            "depth" => Boxed.Of(depth + 1L),
            "depth0" => Boxed.Of((long)depth),
            "previtem" => _index > 0 ? _previous : new Undefined(static () => "there is no item before the first"),
            "nextitem" => items.TryPeek(out object? next) ? next : new Undefined(static () => "there is no item behind the last"),
            "cycle" => new Function(Cycle),
            "changed" => new Function(Changed),
            _ => RenderRun.Missing,
        };
        return !ReferenceEquals(value, RenderRun.Missing);
    }

    public override object? Call(RenderRun run, in Arguments arguments)
    {
        if (recurse is null)
            throw new RenderError("only a loop that is marked 'recursive' can be called");
        if (arguments.Positional is not [var children] || arguments.Named.Length > 0)
            throw new RenderError("loop() takes one argument: the items to loop over");
        return recurse(children, depth + 1);
    }

    private object? Cycle(RenderRun run, in Arguments arguments) => arguments.Positional is { Length: > 0 } values
        ? values[_index % values.Length]
        : throw new RenderError("loop.cycle() needs values");

    private object? Changed(RenderRun run, in Arguments arguments)
    {
        TupleValue values = new(arguments.Positional);
        bool changed = _changed is not TupleValue before || !Equality.AreEqual(run.Budget, before, values);
        _changed = values;
        return Boxed.Of(changed);
    }
}
