using LeanTune.ChatTemplates.Jinja.Expressions;
using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>{% with a = 1, b = 2 %} … {% endwith %}.</summary>
internal sealed class With((Target Target, Expression Value)[] variables, Block body) : Statement
{
    public override Flow Execute(RenderRun run)
    {
        object?[] values = Array.ConvertAll(variables, variable => variable.Value.Evaluate(run));
        Scope? outer = run.Scope;
        Scope scope = new(outer);
        run.Scope = scope;
        for (int i = 0; i < values.Length; i++)
            variables[i].Target.Assign(run, values[i]);
        run.Scope = outer;
        return body.ExecuteInScope(run, scope);
    }
}
