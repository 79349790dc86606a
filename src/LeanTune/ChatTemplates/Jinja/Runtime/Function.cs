namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>What a built-in function does with its arguments as they are given.</summary>
internal delegate object? FunctionBody(RenderRun run, in Arguments arguments);

/// <summary>A built-in function.</summary>
internal sealed class Function(FunctionBody body) : Callable
{
    public override object? Call(RenderRun run, in Arguments arguments) => body(run, arguments);
}
