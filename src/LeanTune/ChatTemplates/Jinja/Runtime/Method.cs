namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>What a method does, given the value it belongs to and one value for each parameter.</summary>
internal delegate object? MethodBody<in T>(RenderRun run, T owner, object?[] values);

/// <summary>A method of texts, lists or mappings.</summary>
internal sealed class Method<T>(string name, Parameters parameters, MethodBody<T> body)
{
    public string Name => name;

    public object? Call(RenderRun run, T owner, in Arguments arguments)
    {
        run.Budget.SpendPassing(owner);
        return body(run, owner, parameters.Bind($"{name}()", arguments));
    }
}
