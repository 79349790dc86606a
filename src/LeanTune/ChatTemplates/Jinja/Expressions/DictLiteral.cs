using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>{'a': 1, 'b': 2}.</summary>
internal sealed class DictLiteral(int line, (Expression Key, Expression Value)[] entries) : Expression(line)
{
    protected override object? Compute(RenderRun run)
    {
        DictValue dict = new(entries.Length);
        foreach ((Expression key, Expression value) in entries)
        {
            object? name = key.Evaluate(run);
            run.Line = Line;
            dict.Set(DictValue.Key(name), value.Evaluate(run));
        }

        return dict;
    }
}
