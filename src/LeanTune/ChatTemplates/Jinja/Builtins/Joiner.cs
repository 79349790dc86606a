using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>joiner(', '): gives nothing the first time, then its separator.</summary>
internal sealed class Joiner(object? separator) : Callable
{
    private bool _isUsed;

    public override object? Call(RenderRun run, in Arguments arguments)
    {
        object? result = _isUsed ? separator : "";
        _isUsed = true;
        return result;
    }
}
