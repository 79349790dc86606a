using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>first &lt; second &lt;= third: each pair must hold, and nothing is evaluated twice.</summary>
internal sealed class Comparison(int line, Expression first, (CompareOperator Symbol, Expression Operand)[] others) : Expression(line)
{
    protected override object? Compute(RenderRun run)
    {
        object? left = first.Evaluate(run);
        foreach ((CompareOperator symbol, Expression operand) in others)
        {
            object? right = operand.Evaluate(run);
            run.Line = Line;
            if (!Holds(run.Budget, symbol, left, right))
                return Boxed.False;
            left = right;
        }

        return Boxed.True;
    }

    private static bool Holds(RenderBudget budget, CompareOperator symbol, object? left, object? right) => symbol switch
    {
        CompareOperator.Equal => Equality.AreEqual(budget, left, right),
        CompareOperator.NotEqual => !Equality.AreEqual(budget, left, right),
        CompareOperator.In => Equality.Contains(budget, right, left),
        CompareOperator.NotIn => !Equality.Contains(budget, right, left),
        CompareOperator.Less => Ordering.Compare(budget, left, right) < 0,
        CompareOperator.LessOrEqual => Ordering.Compare(budget, left, right) <= 0,
        CompareOperator.Greater => Ordering.Compare(budget, left, right) > 0,
        _ => Ordering.Compare(budget, left, right) >= 0,
    };
}
