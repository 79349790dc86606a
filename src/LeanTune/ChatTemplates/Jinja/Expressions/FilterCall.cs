using LeanTune.ChatTemplates.Jinja.Builtins;
using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>value | filter(arguments).</summary>
internal sealed class FilterCall(int line, Expression value, Filter filter, ArgumentList arguments) : Expression(line)
{
    protected override object? Compute(RenderRun run)
    {
        object? input = value.Evaluate(run);
        Arguments given = arguments.Evaluate(run);
        run.Line = Line;
        return filter.Apply(run, input, given);
    }
}
