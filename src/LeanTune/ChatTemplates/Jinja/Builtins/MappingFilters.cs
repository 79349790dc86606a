using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Filters that look into mappings and other values.</summary>
internal static class MappingFilters
{
    public static IEnumerable<Filter> All { get; } =
    [
        new("items", Parameters.None, static (run, value, _) => value switch
        {
            DictValue dict => new GeneratorValue(new DictView("items", dict).Items()),
            Undefined => new GeneratorValue([]),
            _ => throw new RenderError($"the filter 'items' needs a mapping, not {TypeName.WithArticle(value)}"),
        }),
        new("attr", Parameters.Of(("name", Parameters.Required)), static (run, value, values) =>
        {
            string name = StringMethods.TextOf(values[0], "the name of an attribute");
            return Members.TryAttribute(value, name, out object? attribute) ? attribute : Undefined.Member(value, name);
        }),
    ];
}
