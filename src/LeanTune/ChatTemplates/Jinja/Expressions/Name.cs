using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>A variable.</summary>
internal sealed class Name(int line, int number, string text) : Expression(line)
{
    protected override object? Compute(RenderRun run) => run.Get(number, text);
}
