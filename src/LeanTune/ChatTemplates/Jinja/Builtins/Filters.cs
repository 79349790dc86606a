using System.Collections.Frozen;
using LeanTune.Checkpoints;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>All filters by name.</summary>
internal static class Filters
{
    // Known to other engines, and left out: they need randomness, a page of HTML, or Python.
    private static readonly string[] s_leftOut = ["random", "pprint", "urlize", "xmlattr", "striptags"];

    private static readonly FrozenDictionary<string, Filter> s_all = new[]
    {
        TextFilters.All, LayoutFilters.All, EscapeFilters.All, NumberFilters.All, SequenceFilters.All, ChoiceFilters.All, OrderFilters.All, MappingFilters.All,
    }.SelectMany(static filters => filters).ToFrozenDictionary(static filter => filter.Name, StringComparer.Ordinal);

    public static Filter? Find(string name) => s_all.GetValueOrDefault(name);

    /// <summary>What to say of a filter that is not there.</summary>
    public static string Problem(string name) => s_leftOut.Contains(name)
        ? $"the filter '{name}' is not for chat templates"
        : $"there is no filter '{(name.Length <= 40 ? name : name[..40] + "…")}'{(name.Length <= 40 ? NearestName.Hint(name, s_all.Keys) : "")}";
}
