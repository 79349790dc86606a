using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>Values as text, as Python's str and repr give them.</summary>
internal static class ToText
{
    /// <summary>A scalar as text.</summary>
    public static string Of(object? value) => value switch
    {
        string text => text,
        null => "None",
        bool flag => flag ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => FloatText.Of(number),
        BigInteger number => number.ToString(CultureInfo.InvariantCulture),
        Undefined => "",
        _ => throw new ArgumentException($"{TypeName.WithArticle(value)} needs a budget", nameof(value)),
    };

    /// <summary>Any value as text.</summary>
    public static string Of(RenderBudget budget, object? value)
    {
        if (value is string or null or bool or long or double or BigInteger or Undefined)
            return Of(value);
        StringBuilder result = new();
        AppendRepr(budget, result, value);
        return result.ToString();
    }

    /// <summary>Any value as text that shows its type: strings stand in quotes.</summary>
    public static string Repr(RenderBudget budget, object? value)
    {
        StringBuilder result = new();
        AppendRepr(budget, result, value);
        return result.ToString();
    }

    private static void AppendRepr(RenderBudget budget, StringBuilder result, object? value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        budget.Spend(1);
        RenderBudget.CheckLength(result.Length);
        switch (value)
        {
            case string text:
                budget.SpendText(text.Length);
                StringRepr.Append(result, text);
                break;
            case ListValue list:
                AppendAll(budget, result, "[", list.Items, "]");
                break;
            case TupleValue tuple:
                AppendAll(budget, result, "(", tuple.Items, tuple.Items.Length == 1 ? ",)" : ")");
                break;
            case DictValue dict:
                AppendEntries(budget, result, dict);
                break;
            case DictView view:
                AppendAll(budget, result, $"dict_{view.Kind}([", view.Items(), "])");
                break;
            case RangeValue range:
                result.Append(CultureInfo.InvariantCulture, $"range({range.Start}, {range.Stop}{(range.Step == 1 ? "" : $", {range.Step}")})");
                break;
            case NamespaceValue space:
                result.Append("<Namespace ");
                AppendEntries(budget, result, space.Attributes);
                result.Append('>');
                break;
            case Undefined:
                result.Append("Undefined");
                break;
            case null or bool or long or double or BigInteger:
                result.Append(Of(value));
                break;
            default:
                result.Append('<').Append(TypeName.Of(value)).Append('>');
                break;
        }
    }

    private static void AppendAll(RenderBudget budget, StringBuilder result, string open, IEnumerable<object?> items, string close)
    {
        result.Append(open);
        bool isFirst = true;
        foreach (object? item in items)
        {
            if (!isFirst)
                result.Append(", ");
            isFirst = false;
            AppendRepr(budget, result, item);
        }

        result.Append(close);
    }

    private static void AppendEntries(RenderBudget budget, StringBuilder result, DictValue dict)
    {
        result.Append('{');
        bool isFirst = true;
        foreach ((object key, object? value) in dict.Entries)
        {
            if (!isFirst)
                result.Append(", ");
            isFirst = false;
            AppendRepr(budget, result, KeyComparer.ValueOf(key));
            result.Append(": ");
            AppendRepr(budget, result, value);
        }

        result.Append('}');
    }
}
