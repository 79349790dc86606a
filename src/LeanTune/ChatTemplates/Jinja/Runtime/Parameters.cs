using LeanTune.ChatTemplates.Jinja.Values;
using LeanTune.Checkpoints;

namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>Names and defaults of a built-in function's parameters, and the binding of arguments to them.</summary>
internal sealed class Parameters
{
    /// <summary>Default of a parameter that must be given.</summary>
    public static readonly object Required = new();

    public static readonly Parameters None = new([]);

    private readonly (string Name, object? Default)[] _parameters;
    private readonly object?[] _defaults;

    private Parameters((string Name, object? Default)[] parameters)
    {
        _parameters = parameters;
        _defaults = [.. parameters.Select(static parameter => parameter.Default)];
    }

    public static Parameters Of(params (string Name, object? Default)[] parameters) => new(parameters);

    /// <summary>One value for each parameter.</summary>
    /// <exception cref="RenderError">There are too many or unknown arguments, or one is missing.</exception>
    public object?[] Bind(string function, in Arguments arguments)
    {
        if (arguments.Positional.Length > _parameters.Length)
            throw new RenderError($"{function} takes at most {_parameters.Length} arguments, not {arguments.Positional.Length}{List()}");
        object?[] values = [.. _defaults];
        arguments.Positional.CopyTo(values, 0);
        foreach ((string name, object? value) in arguments.Named)
        {
            int at = Array.FindIndex(_parameters, parameter => parameter.Name == name);
            if (at < 0)
                throw new RenderError($"{function} has no argument '{name}'{NearestName.Hint(name, _parameters.Select(parameter => parameter.Name))}{List()}");
            if (at < arguments.Positional.Length)
                throw new RenderError($"{function} is given its argument '{name}' twice");
            values[at] = value;
        }

        int missing = Array.IndexOf(values, Required);
        return missing < 0 ? values : throw new RenderError($"{function} needs its argument '{_parameters[missing].Name}'");
    }

    private string List() => _parameters.Length == 0 ? "" : $" (its arguments: {string.Join(", ", _parameters.Select(static parameter => parameter.Name))})";
}
