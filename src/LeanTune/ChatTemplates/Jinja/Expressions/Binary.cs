using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>left + right, and the other arithmetic operators.</summary>
internal sealed class Binary(int line, BinaryOperator symbol, Expression left, Expression right) : Expression(line)
{
    protected override object? Compute(RenderRun run)
    {
        object? a = left.Evaluate(run), b = right.Evaluate(run);
        run.Line = Line;
        return symbol switch
        {
            BinaryOperator.Add => Arithmetic.Add(run.Budget, a, b),
            BinaryOperator.Subtract => Arithmetic.Subtract(a, b),
            BinaryOperator.Multiply => Arithmetic.Multiply(run.Budget, a, b),
            BinaryOperator.Divide => Arithmetic.Divide(a, b),
            BinaryOperator.FloorDivide => Arithmetic.FloorDivide(a, b),
            BinaryOperator.Modulo => Arithmetic.Modulo(run.Budget, a, b),
            _ => Arithmetic.Power(a, b),
        };
    }
}
