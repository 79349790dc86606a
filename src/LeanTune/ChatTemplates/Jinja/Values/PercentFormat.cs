using System.Text;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>The operator % of texts: 'x=%s y=%.2f' % (a, b), or %(name)s with a mapping.</summary>
internal static class PercentFormat
{
    /// <exception cref="RenderError">The format is broken, or does not fit the values.</exception>
    public static string Apply(RenderBudget budget, string format, object? values)
    {
        object?[] items = values is TupleValue tuple ? tuple.Items : [values];
        budget.SpendText(format.Length);
        StringBuilder result = new();
        int taken = 0;
        bool usesNames = false;
        for (int at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                result.Append(format[at]);
                continue;
            }

            PercentField field = PercentField.Read(format, ref at, ref usesNames, values, Next);
            budget.SpendText(field.Width);
            RenderBudget.CheckLength(result.Length);
            result.Append(field.Type == '%' ? "%" : field.Format(budget, field.HasValue ? field.Value : Next()));
        }

        if (taken < items.Length && !usesNames && values is not (DictValue or ListValue or Undefined))
            throw new RenderError($"the format '{Shorten(format)}' has places for {taken} values, not for {items.Length}");
        return result.ToString();

        object? Next() => taken < items.Length ? items[taken++] : throw new RenderError($"the format '{Shorten(format)}' has places for more than {items.Length} values");
    }

    private static string Shorten(string format) => format.Length <= 60 ? format : format[..60] + "…";
}
