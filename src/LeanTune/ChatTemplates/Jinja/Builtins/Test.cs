using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Whether a test holds of a value, given its arguments.</summary>
internal delegate bool TestBody(RenderRun run, object? value, object?[] arguments);

/// <summary>A test: value is name, value is name argument.</summary>
internal sealed class Test(string name, int argumentCount, TestBody body)
{
    public string Name => name;

    public bool Holds(RenderRun run, object? value, in Arguments arguments)
    {
        if (arguments.Named.Length > 0 || arguments.Positional.Length != argumentCount)
            throw new RenderError($"the test '{name}' takes {argumentCount} argument{(argumentCount == 1 ? "" : "s")}, not {arguments.Positional.Length + arguments.Named.Length}");
        run.Budget.SpendPassing(value);
        return body(run, value, arguments.Positional);
    }
}
