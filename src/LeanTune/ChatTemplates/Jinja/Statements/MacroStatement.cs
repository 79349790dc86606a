using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>{% macro name(parameters) %} … {% endmacro %}.</summary>
internal sealed class MacroStatement(int name, MacroDefinition definition) : Statement
{
    public override Flow Execute(RenderRun run)
    {
        run.Scope?.Keep();
        run.Set(name, new Macro(definition, run.Scope));
        return Flow.Next;
    }
}
