using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>An attribute of a namespace: space.attribute.</summary>
internal sealed class NamespaceTarget(int name, string text, string attribute) : Target
{
    public override void Assign(RenderRun run, object? value)
    {
        object? space = run.Get(name, text);
        if (space is Undefined undefined)
            throw undefined.Error();
        if (space is not NamespaceValue { Attributes: var attributes })
            throw new RenderError($"'{text}' is {TypeName.WithArticle(space)}; only attributes of a namespace can be set");
        attributes.Set(attribute, value);
    }
}
