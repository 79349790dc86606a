using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>owner[key].</summary>
internal sealed class ItemAccess(int line, Expression owner, Expression key) : Expression(line)
{
    protected override object? Compute(RenderRun run)
    {
        object? value = owner.Evaluate(run), at = key.Evaluate(run);
        run.Line = Line;
        return Members.Item(run.Budget, value, at);
    }
}
