using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>owner[start:stop:step].</summary>
internal sealed class Slice(int line, Expression owner, Expression? start, Expression? stop, Expression? step) : Expression(line)
{
    protected override object? Compute(RenderRun run)
    {
        object? value = owner.Evaluate(run), first = start?.Evaluate(run), end = stop?.Evaluate(run), stride = step?.Evaluate(run);
        run.Line = Line;
        return Slicing.Of(run.Budget, value, first, end, stride);
    }
}
