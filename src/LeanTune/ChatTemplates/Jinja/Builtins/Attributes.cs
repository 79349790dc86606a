using System.Globalization;
using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>What filters mean by attribute: a path such as 'function.name' or 'parts.0', or an index.</summary>
internal static class Attributes
{
    /// <summary>Gives the attribute of an item; the item itself when there is no path.</summary>
    /// <param name="budget">Bounds the work.</param>
    /// <param name="attribute">The path, an index, or null for the item itself.</param>
    /// <param name="fallback">Instead of what is undefined; null for none.</param>
    public static Func<object?, object?> Getter(RenderBudget budget, object? attribute, object? fallback = null)
    {
        if (attribute is null)
            return static item => item;
        object[] path = Path(attribute);
        return item =>
        {
            foreach (object key in path)
            {
                item = Members.Item(budget, item, key);
                if (fallback is not null && item is Undefined)
                    item = fallback;
            }

            return item;
        };
    }

    /// <summary>Gives several attributes with commas between them, as one key to sort by.</summary>
    public static Func<object?, object?> SortKey(RenderBudget budget, object? attribute, bool caseSensitive)
    {
        Func<object?, object?>[] getters = attribute is string text
            ? [.. text.Split(',').Select(part => Getter(budget, part))]
            : [Getter(budget, attribute)];
        return getters.Length == 1
            ? item => Fold(budget, getters[0](item), caseSensitive)
            : item => new ListValue([.. getters.Select(getter => Fold(budget, getter(item), caseSensitive))]);
    }

    /// <summary>A text in lower case where case does not count.</summary>
    public static object? Fold(RenderBudget budget, object? value, bool caseSensitive)
    {
        if (value is not string text || caseSensitive)
            return value;
        budget.SpendText(text.Length);
        return LetterCase.Lower(text);
    }

    private static object[] Path(object attribute) => attribute switch
    {
        string text => [.. text.Split('.').Select(static part =>
            long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out long index) ? Boxed.Of(index) : (object)part)],
        Undefined undefined => throw undefined.Error(),
        _ => [attribute],
    };
}
