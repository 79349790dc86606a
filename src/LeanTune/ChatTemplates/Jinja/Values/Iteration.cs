namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>Walks through whatever can be walked through: items, keys of a mapping, characters of a text.</summary>
internal static class Iteration
{
    /// <exception cref="RenderError">The value holds nothing to walk through.</exception>
    public static IEnumerable<object?> Of(RenderBudget budget, object? value) => TryOf(budget, value)
        ?? throw new RenderError($"{TypeName.WithArticle(value)} cannot be looped over; expected a list, a mapping or a text");

    /// <summary>The items, or null when the value has none. Items of generators that are taken here are gone.</summary>
    public static IEnumerable<object?>? TryOf(RenderBudget budget, object? value)
    {
        switch (value)
        {
            case SequenceValue sequence:
                budget.Spend(sequence.Items.Length);
                return sequence.Items;
            case DictValue dict:
                budget.Spend(dict.Count);
                return dict.Entries.Select(static entry => KeyComparer.ValueOf(entry.Key));
            case DictView view:
                budget.Spend(view.Count);
                return view.Items();
            case string text:
                budget.Spend(text.Length);
                return CodePoints.Split(text);
            case RangeValue range:
                budget.Spend(range.Count);
                return range.Items();
            case GeneratorValue generator:
                return generator.Rest();
            case Undefined:
                return [];
            default:
                return null;
        }
    }

    /// <summary>All items at once.</summary>
    public static object?[] ToArray(RenderBudget budget, object? value)
    {
        if (value is SequenceValue sequence)
            return sequence.Items;
        List<object?> items = [];
        foreach (object? item in Of(budget, value))
        {
            items.Add(item);
            if (items.Count > RenderBudget.MostGathered)
                throw new RenderError($"a list of more than {RenderBudget.MostGathered} elements is too long");
        }

        return [.. items];
    }

    /// <summary>Count of items, or null when the value has no length.</summary>
    public static int? CountOf(object? value) => value switch
    {
        string text => CodePoints.Count(text),
        SequenceValue sequence => sequence.Items.Length,
        DictValue dict => dict.Count,
        DictView view => view.Count,
        RangeValue range => range.Count,
        Undefined => 0,
        _ => null,
    };
}
