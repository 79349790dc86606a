using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>A value that is written in the template.</summary>
internal sealed class Constant(int line, object? value) : Expression(line)
{
    public object? Value => value;

    protected override object? Compute(RenderRun run) => value;
}
