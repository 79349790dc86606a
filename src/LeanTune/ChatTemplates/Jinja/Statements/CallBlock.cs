using LeanTune.ChatTemplates.Jinja.Expressions;
using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>{% call(parameters) macro(arguments) %} … {% endcall %}: the macro may write the block by caller().</summary>
internal sealed class CallBlock(Call call, MacroDefinition caller) : Statement
{
    public override Flow Execute(RenderRun run)
    {
        run.Scope?.Keep();
        run.Line = call.Line;
        call.WriteWith(run, "caller", new Macro(caller, run.Scope));
        return Flow.Next;
    }
}
