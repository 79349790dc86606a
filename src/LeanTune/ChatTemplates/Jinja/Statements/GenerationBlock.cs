using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>{% generation %} … {% endgeneration %}: marks what the assistant writes.</summary>
internal sealed class GenerationBlock(Block body) : Statement
{
    public override Flow Execute(RenderRun run)
    {
        int start = run.WritesText ? run.Length : -1;
        Flow flow = body.ExecuteInScope(run, new Scope(run.Scope));
        run.Tracker?.Generate(start, run.Length);
        return flow;
    }
}
