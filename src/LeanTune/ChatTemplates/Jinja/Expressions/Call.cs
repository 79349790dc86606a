using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>function(arguments).</summary>
internal sealed class Call(int line, Expression function, ArgumentList arguments) : Expression(line)
{
    public override void Write(RenderRun run)
    {
        run.Budget.Step();
        Write(run, Callee(run), arguments.Evaluate(run));
    }

    /// <summary>Writes the call's result, given one more named argument.</summary>
    public void WriteWith(RenderRun run, string name, object value) => Write(run, Callee(run), arguments.Evaluate(run).With(name, value));

    protected override object? Compute(RenderRun run)
    {
        Callable callee = Callee(run);
        Arguments given = arguments.Evaluate(run);
        run.Line = Line;
        return callee.Call(run, given);
    }

    private void Write(RenderRun run, Callable callee, in Arguments given)
    {
        run.Line = Line;
        if (callee is Macro macro)
            macro.Write(run, given);
        else
            run.Write(callee.Call(run, given));
    }

    private Callable Callee(RenderRun run)
    {
        object? value = function.Evaluate(run);
        run.Line = Line;
        return value switch
        {
            Callable callee => callee,
            Undefined undefined => throw undefined.Error(),
            _ => throw new RenderError($"{TypeName.WithArticle(value)} cannot be called"),
        };
    }
}
