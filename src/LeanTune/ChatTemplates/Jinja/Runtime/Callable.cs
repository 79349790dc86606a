namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>A value that can be called: a macro, a built-in function, a method of a value.</summary>
internal abstract class Callable
{
    public abstract object? Call(RenderRun run, in Arguments arguments);
}
