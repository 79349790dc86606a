using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>not value.</summary>
internal sealed class Not(int line, Expression value) : Expression(line)
{
    protected override object? Compute(RenderRun run) => Boxed.Of(!Truth.Of(value.Evaluate(run)));
}
