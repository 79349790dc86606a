using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>The arguments that are written in a call: a, b, name=c, *list, **mapping.</summary>
internal sealed class ArgumentList(Expression[] positional, (string Name, Expression Value)[] named, Expression? rest, Expression? namedRest)
{
    public Arguments Evaluate(RenderRun run)
    {
        if (positional.Length == 0 && named.Length == 0 && rest is null && namedRest is null)
            return Arguments.None;
        object?[] values = new object?[positional.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = positional[i].Evaluate(run);
        (string, object?)[] names = named.Length == 0 ? [] : new (string, object?)[named.Length];
        for (int i = 0; i < names.Length; i++)
            names[i] = (named[i].Name, named[i].Value.Evaluate(run));
        if (rest is not null)
            values = [.. values, .. Iteration.Of(run.Budget, rest.Evaluate(run))];
        return new Arguments(values, namedRest is null ? names : [.. names, .. Entries(namedRest.Evaluate(run))]);
    }

    private static IEnumerable<(string Name, object? Value)> Entries(object? value)
    {
        if (value is not DictValue dict)
            throw new RenderError($"** needs a mapping, not {TypeName.WithArticle(value)}");
        foreach ((object key, object? item) in dict.Entries)
            yield return (key as string ?? throw new RenderError("** needs a mapping whose keys are texts"), item);
    }
}
