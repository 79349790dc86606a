using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>a ~ b ~ c: the values as text, one after the other.</summary>
internal sealed class Concatenation(int line, Expression[] parts) : Expression(line)
{
    public override void Write(RenderRun run)
    {
        run.Budget.Step();
        foreach (Expression part in parts)
            part.Write(run);
    }

    protected override object? Compute(RenderRun run)
    {
        string[] texts = new string[parts.Length];
        long length = 0;
        for (int i = 0; i < texts.Length; i++)
        {
            object? value = parts[i].Evaluate(run);
            texts[i] = value as string ?? ToText.Of(run.Budget, value);
            length += texts[i].Length;
        }

        run.Line = Line;
        run.Budget.SpendText(length);
        return string.Concat(texts);
    }
}
