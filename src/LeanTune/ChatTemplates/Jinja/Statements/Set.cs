using LeanTune.ChatTemplates.Jinja.Expressions;
using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>{% set target = value %}.</summary>
internal sealed class Set(Target target, Expression value) : Statement
{
    public override Flow Execute(RenderRun run)
    {
        run.Line = value.Line;
        object? result = value.Evaluate(run);
        run.Line = value.Line;
        target.Assign(run, result);
        return Flow.Next;
    }
}
