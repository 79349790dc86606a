using LeanTune.ChatTemplates.Jinja.Expressions;
using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>{{ value }}.</summary>
internal sealed class Output(Expression value) : Statement
{
    public override Flow Execute(RenderRun run)
    {
        run.Line = value.Line;
        value.Write(run);
        return Flow.Next;
    }
}
