using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>-value or +value.</summary>
internal sealed class Signed(int line, Expression value, bool isNegative) : Expression(line)
{
    protected override object? Compute(RenderRun run)
    {
        object? number = value.Evaluate(run);
        run.Line = Line;
        return isNegative ? Arithmetic.Negate(number) : Arithmetic.Plus(number);
    }
}
