using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>left and right, left or right: the operand that decides, not its truth.</summary>
internal sealed class Logical(int line, Expression left, Expression right, bool isAnd) : Expression(line)
{
    protected override object? Compute(RenderRun run)
    {
        object? value = left.Evaluate(run);
        return Truth.Of(value) == isAnd ? right.Evaluate(run) : value;
    }
}
