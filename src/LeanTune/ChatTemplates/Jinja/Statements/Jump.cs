using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>{% break %} or {% continue %}.</summary>
internal sealed class Jump(Flow flow) : Statement
{
    public override Flow Execute(RenderRun run) => flow;
}
