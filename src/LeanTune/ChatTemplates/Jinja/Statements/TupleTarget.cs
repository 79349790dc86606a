using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>Several targets that share the items of one value: a, b.</summary>
internal sealed class TupleTarget(Target[] targets) : Target
{
    public override void Assign(RenderRun run, object? value)
    {
        object?[] items = Iteration.ToArray(run.Budget, value);
        if (items.Length != targets.Length)
            throw new RenderError($"{targets.Length} names cannot take the items of {TypeName.WithArticle(value)} of {items.Length}");
        for (int i = 0; i < items.Length; i++)
            targets[i].Assign(run, items[i]);
    }
}
