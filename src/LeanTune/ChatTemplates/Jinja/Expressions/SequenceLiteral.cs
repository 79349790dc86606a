using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>[a, b] or (a, b).</summary>
internal sealed class SequenceLiteral(int line, Expression[] items, bool isTuple) : Expression(line)
{
    protected override object? Compute(RenderRun run)
    {
        object?[] values = new object?[items.Length];
        for (int i = 0; i < items.Length; i++)
            values[i] = items[i].Evaluate(run);
        return isTuple ? new TupleValue(values) : new ListValue(values);
    }
}
