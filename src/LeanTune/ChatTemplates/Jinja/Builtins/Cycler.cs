using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>cycler('a', 'b'): gives its values in turn.</summary>
internal sealed class Cycler(object?[] values) : IAttributes
{
    private int _at;

    public bool TryGetAttribute(string name, out object? value)
    {
        value = name switch
        {
            "current" => values[_at],
            "next" => new Function(Next),
            "reset" => new Function(Reset),
            _ => RenderRun.Missing,
        };
        return !ReferenceEquals(value, RenderRun.Missing);
    }

    private object? Next(RenderRun run, in Arguments arguments)
    {
        object? value = values[_at];
        _at = (_at + 1) % values.Length;
        return value;
    }

    private object? Reset(RenderRun run, in Arguments arguments)
    {
        _at = 0;
        return null;
    }
}
