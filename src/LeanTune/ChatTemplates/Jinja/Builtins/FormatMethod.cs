using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>text.format(values): the one method of texts that takes any arguments.</summary>
internal sealed class FormatMethod(string text) : Callable
{
    public override object? Call(RenderRun run, in Arguments arguments)
    {
        Arguments given = arguments;
        return new BraceFormat(run.Budget, given.Positional, Named, (owner, part, isAttribute) => Member(run.Budget, owner, part, isAttribute)).Apply(text);

        object? Named(string name) => given.TryGet(name, out object? value)
            ? value
            : throw new RenderError($"the format asks for '{name}', which is not given");
    }

    private static object? Member(RenderBudget budget, object? owner, string part, bool isAttribute)
    {
        object? key = !isAttribute && part.Length > 0 && part.All(char.IsAsciiDigit) && long.TryParse(part, out long index) ? Boxed.Of(index) : part;
        object? value = isAttribute ? Members.Attribute(owner, part) : Members.Item(budget, owner, key);
        return value is Undefined undefined ? throw undefined.Error() : value;
    }
}
