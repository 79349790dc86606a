using LeanTune.ChatTemplates.Jinja.Builtins;
using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>value is test(arguments).</summary>
internal sealed class TestCall(int line, Expression value, Test test, ArgumentList arguments) : Expression(line)
{
    protected override object? Compute(RenderRun run)
    {
        object? input = value.Evaluate(run);
        Arguments given = arguments.Evaluate(run);
        run.Line = Line;
        return Boxed.Of(test.Holds(run, input, given));
    }
}
