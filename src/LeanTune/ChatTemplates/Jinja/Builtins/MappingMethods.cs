using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Methods of mappings; those that would change a mapping are not among them.</summary>
internal static class MappingMethods
{
    private static readonly Method<DictValue> s_get = new("get", Parameters.Of(("key", Parameters.Required), ("default", null)), static (_, dict, values) =>
        values[0] is not Undefined && dict.TryGet(DictValue.Key(values[0]), out object? value) ? value : values[1]);

    private static readonly Method<DictValue> s_keys = View("keys"), s_values = View("values"), s_items = View("items");
    private static readonly Method<DictValue> s_copy = new("copy", Parameters.None, static (_, dict, _) => dict);

    public static Method<DictValue>? Find(string name) => name switch
    {
        "get" => s_get,
        "keys" => s_keys,
        "values" => s_values,
        "items" => s_items,
        "copy" => s_copy,
        _ => null,
    };

    private static Method<DictValue> View(string kind) => new(kind, Parameters.None, (_, dict, _) => new DictView(kind, dict));
}
