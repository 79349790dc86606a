using LeanTune.ChatTemplates.Jinja.Builtins;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>Attributes and elements of values. Attributes are data and a fixed set of methods that change nothing; nothing of the host can be reached.</summary>
internal static class Members
{
    private static readonly DictValue s_emptyMapping = new();

    /// <summary>owner.name: a method or attribute, else an element with that key.</summary>
    public static object? Attribute(object? owner, string name)
    {
        if (owner is Undefined undefined)
            throw undefined.Error();
        if (TryAttribute(owner, name, out object? value))
            return value;
        return owner is DictValue dict && dict.TryGet(name, out value) ? value : Undefined.Member(owner, name);
    }

    /// <summary>owner[key]: an element, else an attribute with that name.</summary>
    public static object? Item(RenderBudget budget, object? owner, object? key)
    {
        budget.SpendPassing(key);
        if (owner is string)
            budget.SpendPassing(owner);
        switch (owner)
        {
            case Undefined undefined:
                throw undefined.Error();
            case DictValue dict when KeyComparer.TryKey(key) is object known && dict.TryGet(known, out object? value):
                return value;
            case SequenceValue sequence when TryPlace(key, sequence.Items.Length, out int place):
                return sequence.Items[place];
            case RangeValue range when TryPlace(key, range.Count, out int place):
                return range[place];
            case string text when key is long or bool && TryPlace(key, CodePoints.Count(text), out int place):
                return text[CodePoints.Offset(text, place)..CodePoints.Offset(text, place + 1)];
        }

        return key is string name && TryAttribute(owner, name, out object? attribute) ? attribute : Undefined.Member(owner, key);
    }

    /// <summary>Only an attribute, never an element.</summary>
    public static bool TryAttribute(object? owner, string name, out object? value)
    {
        value = owner switch
        {
            string text when name == "format" => new FormatMethod(text),
            string text => StringMethods.Find(name) is { } method ? new BoundMethod<string>(method, text) : null,
            DictValue dict => MappingMethods.Find(name) is { } method ? new BoundMethod<DictValue>(method, dict) : null,
            SequenceValue sequence => SequenceMethods.Find(name) is { } method ? new BoundMethod<SequenceValue>(method, sequence) : null,
            _ => null,
        };
        if (value is not null)
            return true;
        if (owner is IAttributes attributes && attributes.TryGetAttribute(name, out value))
            return true;
        if (!IsForbidden(owner, name))
            return false;
        value = Undefined.Forbidden(owner, name);
        return true;
    }

    /// <summary>Whether a mapping's attribute of this name is never its element.</summary>
    public static bool IsReserved(string name) => MappingMethods.Find(name) is not null || IsForbidden(s_emptyMapping, name);

    // Internals of a value in Python, and methods that would change it.
    private static bool IsForbidden(object? owner, string name) => name switch
    {
        ['_', '_', .., '_', '_'] => true,
        "clear" or "pop" => owner is ListValue or DictValue,
        "append" or "extend" or "insert" or "remove" or "reverse" or "sort" => owner is ListValue,
        "popitem" or "setdefault" or "update" => owner is DictValue,
        _ => false,
    };

    private static bool TryPlace(object? key, int count, out int place)
    {
        long at = key switch { long number => number, bool flag => flag ? 1 : 0, _ => long.MinValue };
        at += at < 0 && at != long.MinValue ? count : 0;
        place = (int)Math.Clamp(at, -1, int.MaxValue);
        return at >= 0 && at < count;
    }
}
