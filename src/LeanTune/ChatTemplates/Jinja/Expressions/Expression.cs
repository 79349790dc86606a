using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>A node of a parsed expression.</summary>
/// <param name="line">Line of the template, for errors.</param>
internal abstract class Expression(int line)
{
    public int Line => line;

    /// <summary>The value of the expression.</summary>
    public object? Evaluate(RenderRun run)
    {
        run.Budget.Step();
        return Compute(run);
    }

    /// <summary>Writes the value as text; nodes that can do so without building it first override this.</summary>
    public virtual void Write(RenderRun run) => run.Write(Evaluate(run));

    protected abstract object? Compute(RenderRun run);
}
