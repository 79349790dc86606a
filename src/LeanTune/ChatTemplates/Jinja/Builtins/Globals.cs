using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Functions that every template can call by name.</summary>
internal static class Globals
{
    public static IReadOnlyDictionary<string, object> All { get; } = new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["range"] = new Function(Range),
        ["dict"] = new Function(static (RenderRun run, in Arguments arguments) => MakeDict(run, "dict", arguments)),
        ["namespace"] = new Function(static (RenderRun run, in Arguments arguments) => new NamespaceValue(MakeDict(run, "namespace", arguments).Copy())),
        ["joiner"] = new Function(static (RenderRun run, in Arguments arguments) =>
            new Joiner(Parameters.Of(("sep", ", ")).Bind("joiner()", arguments)[0])),
        ["cycler"] = new Function(static (RenderRun run, in Arguments arguments) => arguments is { Positional.Length: > 0, Named.Length: 0 }
            ? new Cycler(arguments.Positional)
            : throw new RenderError("cycler() needs the values to go through")),
        ["lipsum"] = new Function(static (RenderRun run, in Arguments arguments) => throw new RenderError("lipsum() makes random text, which is not for chat templates")),
        ["raise_exception"] = new Function(static (RenderRun run, in Arguments arguments) =>
            throw new RenderError(ToText.Of(run.Budget, Parameters.Of(("message", Parameters.Required)).Bind("raise_exception()", arguments)[0]), raisedByTemplate: true)),
        ["strftime_now"] = new Function(static (RenderRun run, in Arguments arguments) =>
            TimeFormat.Apply(run.Clock.GetLocalNow(), StringMethods.TextOf(Parameters.Of(("format", Parameters.Required)).Bind("strftime_now()", arguments)[0], "the format"))),
        ["self"] = new NamespaceValue(new DictValue()),
    };

    private static RangeValue Range(RenderRun run, in Arguments arguments)
    {
        if (arguments.Named.Length > 0 || arguments.Positional.Length is 0 or > 3)
            throw new RenderError("range() takes one to three whole numbers: (end), (start, end) or (start, end, step)");
        long[] bounds = Array.ConvertAll(arguments.Positional, static bound => Number.ToLong(bound, "a bound of range()"));
        RangeValue range = bounds.Length == 1 ? new(0, bounds[0], 1) : new(bounds[0], bounds[1], bounds.Length == 3 ? bounds[2] : 1);
        run.Budget.Spend(range.Count);
        return range;
    }

    private static DictValue MakeDict(RenderRun run, string function, in Arguments arguments)
    {
        if (arguments.Positional.Length > 1)
            throw new RenderError($"{function}() takes one mapping or list of pairs, and named values");
        DictValue result = new();
        object? source = arguments.Positional is [var given] ? given : null;
        if (source is DictValue dict)
            result = dict.Copy();
        else if (arguments.Positional.Length == 1)
            foreach (object? pair in Iteration.Of(run.Budget, source))
                if (Iteration.ToArray(run.Budget, pair) is [var key, var value])
                    result.Set(DictValue.Key(key), value);
                else
                    throw new RenderError($"{function}() takes pairs of a key and a value");
        run.Budget.Spend(result.Count);
        foreach ((string name, object? value) in arguments.Named)
            result.Set(name, value);
        return result;
    }
}
