using LeanTune.ChatTemplates.Jinja.Expressions;
using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>{% if %} … {% elif %} … {% else %} … {% endif %}.</summary>
internal sealed class If((Expression Condition, Block Body)[] branches, Block? other) : Statement
{
    public override Flow Execute(RenderRun run)
    {
        foreach ((Expression condition, Block body) in branches)
        {
            run.Line = condition.Line;
            if (Truth.Of(condition.Evaluate(run)))
                return body.Execute(run);
        }

        return other?.Execute(run) ?? Flow.Next;
    }
}
