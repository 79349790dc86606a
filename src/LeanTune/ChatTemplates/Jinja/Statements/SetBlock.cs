using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>{% set target | filter %} … {% endset %}: the written text is the value.</summary>
internal sealed class SetBlock(int line, Target target, FilterStep[] filters, Block body) : Statement
{
    public override Flow Execute(RenderRun run)
    {
        object? value = FilterStep.ApplyAll(filters, run, body.Capture(run));
        run.Line = line;
        target.Assign(run, value);
        return Flow.Next;
    }
}
