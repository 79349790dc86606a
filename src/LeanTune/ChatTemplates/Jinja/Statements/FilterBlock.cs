using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>{% filter name %} … {% endfilter %}.</summary>
internal sealed class FilterBlock(FilterStep[] filters, Block body) : Statement
{
    public override Flow Execute(RenderRun run)
    {
        run.Write(FilterStep.ApplyAll(filters, run, body.Capture(run)));
        return Flow.Next;
    }
}
