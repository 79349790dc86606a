using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Filters that change or choose items one by one, by another filter, a test or an attribute.</summary>
internal static class ChoiceFilters
{
    public static IEnumerable<Filter> All { get; } =
    [
        new("default", Parameters.Of(("default_value", ""), ("boolean", false)), Default),
        new("d", Parameters.Of(("default_value", ""), ("boolean", false)), Default),
        new("map", Map),
        Chooser("select", byAttribute: false, keeps: true),
        Chooser("reject", byAttribute: false, keeps: false),
        Chooser("selectattr", byAttribute: true, keeps: true),
        Chooser("rejectattr", byAttribute: true, keeps: false),
    ];

    private static object? Default(RenderRun run, object? value, object?[] values) =>
        value is Undefined || (Truth.Of(values[1]) && !Truth.Of(value)) ? values[0] : value;

    private static GeneratorValue Map(RenderRun run, object? value, in Arguments arguments)
    {
        Func<object?, object?> change;
        if (arguments.Positional.Length > 0)
        {
            string name = StringMethods.TextOf(arguments.Positional[0], "the name of a filter");
            Filter filter = Filters.Find(name) ?? throw new RenderError(Filters.Problem(name));
            Arguments rest = arguments.Skip(1);
            change = item => filter.Apply(run, item, rest);
        }
        else
        {
            object?[] values = Parameters.Of(("attribute", Parameters.Required), ("default", null)).Bind("the filter 'map'", arguments);
            change = Attributes.Getter(run.Budget, values[0], values[1]);
        }

        return new GeneratorValue(Items(run, value).Select(item =>
        {
            run.Budget.Step();
            return change(item);
        }));
    }

    // Whatever is false has no items, even where it is nothing to loop over.
    private static IEnumerable<object?> Items(RenderRun run, object? value) => Truth.Of(value) ? Iteration.Of(run.Budget, value) : [];

    private static Filter Chooser(string name, bool byAttribute, bool keeps) => new(name, (RenderRun run, object? value, in Arguments arguments) =>
    {
        int used = byAttribute ? 1 : 0;
        if (arguments.Positional.Length < used)
            throw new RenderError($"the filter '{name}' needs the name of an attribute");
        Func<object?, object?> get = byAttribute ? Attributes.Getter(run.Budget, arguments.Positional[0]) : static item => item;
        Func<object?, bool> holds = arguments.Positional.Length > used ? TestOf(run, arguments, used) : Truth.Of;
        return new GeneratorValue(Items(run, value).Where(item =>
        {
            run.Budget.Step();
            return holds(get(item)) == keeps;
        }));
    });

    private static Func<object?, bool> TestOf(RenderRun run, in Arguments arguments, int at)
    {
        string name = StringMethods.TextOf(arguments.Positional[at], "the name of a test");
        Test test = Tests.Find(name) ?? throw new RenderError(Tests.Problem(name));
        Arguments rest = arguments.Skip(at + 1);
        return item => test.Holds(run, item, rest);
    }
}
