using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>value if condition else other; without else, undefined where the condition does not hold.</summary>
internal sealed class Conditional(int line, Expression condition, Expression value, Expression? other) : Expression(line)
{
    public override void Write(RenderRun run)
    {
        run.Budget.Step();
        (Truth.Of(condition.Evaluate(run)) ? value : other)?.Write(run);
    }

    protected override object? Compute(RenderRun run)
    {
        if (Truth.Of(condition.Evaluate(run)))
            return value.Evaluate(run);
        return other is null ? new Undefined(static () => "the condition before it does not hold, and there is no else") : other.Evaluate(run);
    }
}
