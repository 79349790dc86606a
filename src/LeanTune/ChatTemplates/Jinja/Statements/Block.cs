using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>Statements one after the other.</summary>
internal sealed class Block(Statement[] statements) : Statement
{
    public override Flow Execute(RenderRun run)
    {
        run.Budget.Step();
        foreach (Statement statement in statements)
            if (statement.Execute(run) is var flow and not Flow.Next)
                return flow;
        return Flow.Next;
    }

    /// <summary>Executes the statements in a scope of their own.</summary>
    public Flow ExecuteInScope(RenderRun run, Scope scope)
    {
        Scope? outer = run.Scope;
        run.Scope = scope;
        Flow flow = Execute(run);
        run.Scope = outer;
        return flow;
    }

    /// <summary>What the statements write, in a scope of their own.</summary>
    public string Capture(RenderRun run)
    {
        System.Text.StringBuilder outer = run.BeginCapture();
        ExecuteInScope(run, new Scope(run.Scope));
        return run.EndCapture(outer);
    }
}
