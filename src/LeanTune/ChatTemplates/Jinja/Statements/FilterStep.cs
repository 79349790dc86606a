using LeanTune.ChatTemplates.Jinja.Builtins;
using LeanTune.ChatTemplates.Jinja.Expressions;
using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>A filter that is applied to the text of a block.</summary>
internal sealed record FilterStep(int Line, Filter Filter, ArgumentList Arguments)
{
    public static object? ApplyAll(FilterStep[] steps, RenderRun run, object? value)
    {
        foreach (FilterStep step in steps)
        {
            Arguments given = step.Arguments.Evaluate(run);
            run.Line = step.Line;
            value = step.Filter.Apply(run, value, given);
        }

        return value;
    }
}
