using System.Numerics;
using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>Names of the values' types in error messages. Values are null (none), bool, long, BigInteger, double, string, and the classes of this folder.</summary>
internal static class TypeName
{
    public static string Of(object? value) => value switch
    {
        null => "none",
        bool => "boolean",
        long or BigInteger => "integer",
        double => "float",
        string => "string",
        ListValue => "list",
        TupleValue => "tuple",
        DictValue => "mapping",
        DictView => "view of a mapping",
        RangeValue => "range",
        GeneratorValue => "generator",
        NamespaceValue => "namespace",
        Undefined => "undefined value",
        LoopState => "loop",
        Callable => "function",
        _ => "object",
    };

    public static string WithArticle(object? value) => Of(value) switch
    {
        "none" => "none",
        ['i' or 'o' or 'u', ..] and var name => $"an {name}",
        var name => $"a {name}",
    };
}
