using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>owner.name.</summary>
internal sealed class AttributeAccess(int line, Expression owner, string name) : Expression(line)
{
    // Nearly every access is to a field of a message, which is no method's name.
    private readonly bool _isPlainKey = !Members.IsReserved(name);

    protected override object? Compute(RenderRun run)
    {
        object? value = owner.Evaluate(run);
        if (_isPlainKey && value is DictValue dict && dict.TryGet(name, out object? found))
            return found;
        run.Line = Line;
        return Members.Attribute(value, name);
    }
}
