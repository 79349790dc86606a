using System.Globalization;
using System.Text;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>The method format of texts: '{} {name:>8}'.format(a, name=b).</summary>
/// <param name="budget">Bounds the size.</param>
/// <param name="positional">Values by position.</param>
/// <param name="named">Finds a value by name.</param>
/// <param name="member">Finds an attribute (true) or an element (false) of a value.</param>
internal sealed class BraceFormat(RenderBudget budget, object?[] positional, Func<string, object?> named, Func<object?, string, bool, object?> member)
{
    private int _next;

    /// <exception cref="RenderError">The format is broken, or asks for what is not there.</exception>
    public string Apply(string format)
    {
        budget.SpendText(format.Length);
        StringBuilder result = new();
        for (int at = 0; at < format.Length; at++)
        {
            char c = format[at];
            if (c is not ('{' or '}'))
            {
                result.Append(c);
            }
            else if (at + 1 < format.Length && format[at + 1] == c)
            {
                result.Append(c);
                at++;
            }
            else
            {
                int close = c == '}' ? -1 : CloseOf(format, at);
                if (close < 0)
                    throw new RenderError($"the format has a single '{c}'; write it twice for the character itself");
                string text = Field(format[(at + 1)..close]);
                budget.SpendText(text.Length);
                RenderBudget.CheckLength(result.Length);
                result.Append(text);
                at = close;
            }
        }

        return result.ToString();
    }

    private static int CloseOf(string format, int open)
    {
        int depth = 0;
        for (int at = open; at < format.Length; at++)
            if (format[at] == '{')
                depth++;
            else if (format[at] == '}' && --depth == 0)
                return at;
        return -1;
    }

    private string Field(string field)
    {
        int colon = field.IndexOf(':');
        string name = colon < 0 ? field : field[..colon], spec = colon < 0 ? "" : field[(colon + 1)..];
        char conversion = name is [.., '!', 's' or 'r' or 'a'] ? name[^1] : '\0';
        if (conversion != '\0')
            name = name[..^2];
        object? value = Resolve(name);
        if (spec.Contains('{'))
            spec = Nested(spec);
        return conversion switch
        {
            's' => FormatSpec.Apply(budget, ToText.Of(budget, value), spec),
            '\0' => FormatSpec.Apply(budget, value, spec),
            _ => FormatSpec.Apply(budget, ToText.Repr(budget, value), spec),
        };
    }

    private string Nested(string spec)
    {
        int open = spec.IndexOf('{'), close = spec.IndexOf('}', open);
        if (close < 0)
            throw new RenderError("the format has a single '{'");
        string rest = spec[(close + 1)..];
        return spec[..open] + ToText.Of(budget, Resolve(spec[(open + 1)..close])) + (rest.Contains('{') ? Nested(rest) : rest);
    }

    private object? Resolve(string name)
    {
        int end = name.AsSpan().IndexOfAny('.', '[');
        string first = end < 0 ? name : name[..end];
        object? value = first.Length == 0 ? Positional(_next++)
            : int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? Positional(index) : named(first);
        for (int at = end < 0 ? name.Length : end; at < name.Length;)
        {
            bool isAttribute = name[at] == '.';
            int stop = isAttribute ? name.AsSpan(at + 1).IndexOfAny('.', '[') : name.AsSpan(at + 1).IndexOf(']');
            if (stop < 0 && !isAttribute)
                throw new RenderError("the format has a '[' without ']'");
            string part = stop < 0 ? name[(at + 1)..] : name.Substring(at + 1, stop);
            value = member(value, part, isAttribute);
            at = stop < 0 ? name.Length : at + 1 + stop + (isAttribute ? 0 : 1);
        }

        return value;
    }

    private object? Positional(int index) => index >= 0 && index < positional.Length
        ? positional[index]
        : throw new RenderError($"the format asks for value {index} of {positional.Length}");
}
