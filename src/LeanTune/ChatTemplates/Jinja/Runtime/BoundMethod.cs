namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>A method together with the value that it was asked of.</summary>
internal sealed class BoundMethod<T>(Method<T> method, T owner) : Callable
{
    public override object? Call(RenderRun run, in Arguments arguments) => method.Call(run, owner, arguments);
}
