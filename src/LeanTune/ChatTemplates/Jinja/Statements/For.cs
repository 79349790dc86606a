using LeanTune.ChatTemplates.Jinja.Expressions;
using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>{% for target in items if condition recursive %} … {% else %} … {% endfor %}.</summary>
/// <param name="target">Takes each item.</param>
/// <param name="items">What is looped over.</param>
/// <param name="condition">Which items take part; null for all.</param>
/// <param name="body">Executed for each item, each time in a fresh scope.</param>
/// <param name="other">Executed when there is no item; null for nothing.</param>
/// <param name="loopName">Number of the name loop.</param>
/// <param name="isRecursive">Whether loop can be called.</param>
internal sealed class For(Target target, Expression items, Expression? condition, Block body, Block? other, int loopName, bool isRecursive) : Statement
{
    public override Flow Execute(RenderRun run)
    {
        run.Line = items.Line;
        object? values = items.Evaluate(run);
        run.Line = items.Line;
        Loop(run, values, 0);
        return Flow.Next;
    }

    private void Loop(RenderRun run, object? values, int depth)
    {
        Scope? outer = run.Scope;
        IEnumerable<object?> chosen = Iteration.Of(run.Budget, values);
        LoopItems source = new(condition is null ? chosen : Where(run, chosen, outer));
        LoopState loop = new(source, depth, isRecursive ? (children, level) => Recurse(run, children, level, outer) : null);
        Scope scope = new(outer);
        bool any = false;
        while (loop.MoveNext(out object? item))
        {
            any = true;
            run.Budget.Step();
            if (scope.IsKept)
                scope = new Scope(outer);
            scope.Clear();
            if (ExecuteBody(run, scope, loop, item) == Flow.Break)
                break;
        }

        if (!any && other is not null)
            other.ExecuteInScope(run, new Scope(outer));
    }

    private Flow ExecuteBody(RenderRun run, Scope scope, LoopState loop, object? item)
    {
        Scope? outer = run.Scope;
        run.Scope = scope;
        scope.Set(loopName, loop);
        target.Assign(run, item);
        (int, int)? turn = run.Tracker?.BeginItem(run, item);
        Flow flow = body.Execute(run);
        if (turn is { } begun)
            run.Tracker!.EndItem(run, begun);
        run.Scope = outer;
        return flow;
    }

    private IEnumerable<object?> Where(RenderRun run, IEnumerable<object?> values, Scope? outer)
    {
        foreach (object? item in values)
        {
            // The items are asked for while the body runs, in its scope.
            Scope? current = run.Scope;
            run.Scope = new Scope(outer);
            target.Assign(run, item);
            bool holds = Truth.Of(condition!.Evaluate(run));
            run.Scope = current;
            if (holds)
                yield return item;
        }
    }

    private string Recurse(RenderRun run, object? children, int depth, Scope? outer)
    {
        run.Budget.Enter();
        Scope? current = run.Scope;
        System.Text.StringBuilder output = run.BeginCapture();
        run.Scope = outer;
        Loop(run, children, depth);
        run.Scope = current;
        run.Budget.Leave();
        return run.EndCapture(output);
    }
}
