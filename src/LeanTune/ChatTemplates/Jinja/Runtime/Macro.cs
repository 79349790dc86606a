using LeanTune.ChatTemplates.Jinja.Expressions;
using LeanTune.ChatTemplates.Jinja.Statements;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>A macro, with the scope in which it was defined; also the body of a call block, as its macro sees it.</summary>
internal sealed class Macro(MacroDefinition definition, Scope? scope) : Callable, IAttributes
{
    public override object? Call(RenderRun run, in Arguments arguments)
    {
        System.Text.StringBuilder outer = run.BeginCapture();
        Write(run, arguments);
        return run.EndCapture(outer);
    }

    /// <summary>Calls the macro, and writes its text where the output stands instead of giving it.</summary>
    public void Write(RenderRun run, in Arguments arguments)
    {
        run.Budget.Enter();
        Scope? outer = run.Scope;
        run.Scope = new Scope(scope);
        Bind(run, arguments);
        definition.Body.Execute(run);
        run.Scope = outer;
        run.Budget.Leave();
    }

    public bool TryGetAttribute(string name, out object? value)
    {
        value = definition.Name;
        return name == "name";
    }

    private void Bind(RenderRun run, in Arguments arguments)
    {
        MacroParameter[] parameters = definition.Parameters;
        object?[] positional = arguments.Positional;
        for (int i = 0; i < parameters.Length; i++)
        {
            (int name, string text, Expression? fallback) = parameters[i];
            bool isNamed = arguments.TryGet(text, out object? value);
            if (isNamed && i < positional.Length)
                throw new RenderError($"the macro '{definition.Name}' is given its argument '{text}' twice");
            if (i < positional.Length)
                value = positional[i];
            else if (!isNamed)
                value = fallback is null ? new Undefined(() => $"the macro's argument '{text}' was not given") : fallback.Evaluate(run);
            run.Scope!.Set(name, value);
        }

        BindRest(run, arguments);
    }

    private void BindRest(RenderRun run, in Arguments arguments)
    {
        int count = definition.Parameters.Length;
        object?[] rest = arguments.Positional.Length > count ? arguments.Positional[count..] : [];
        if (rest.Length > 0 && definition.Varargs is null)
            throw new RenderError($"the macro '{definition.Name}' takes at most {count} arguments, not {arguments.Positional.Length}");
        DictValue others = new();
        object? caller = new Undefined(static () => "no caller is defined: the macro was not called by a call block");
        foreach ((string name, object? value) in arguments.Named)
        {
            if (Array.Exists(definition.Parameters, parameter => parameter.Text == name))
                continue;
            if (name == "caller" && definition.Caller is not null)
                caller = value;
            else if (definition.Kwargs is not null)
                others.Set(name, value);
            else
                throw new RenderError(name == "caller"
                    ? $"the macro '{definition.Name}' is called by a call block but never uses caller()"
                    : $"the macro '{definition.Name}' has no argument '{name}'");
        }

        if (definition.Varargs is int varargs)
            run.Scope!.Set(varargs, new TupleValue(rest));
        if (definition.Kwargs is int kwargs)
            run.Scope!.Set(kwargs, others);
        if (definition.Caller is int callerName)
            run.Scope!.Set(callerName, caller);
    }
}
