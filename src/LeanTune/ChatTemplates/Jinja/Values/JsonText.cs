using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>Values as JSON, as Python's json module writes them.</summary>
/// <param name="budget">Bounds the size.</param>
/// <param name="asciiOnly">Whether what is not ASCII is escaped.</param>
/// <param name="indent">What stands before a line for each level, or null for one line.</param>
/// <param name="itemSeparator">Between items.</param>
/// <param name="keySeparator">Between key and value.</param>
/// <param name="sortKeys">Whether keys are sorted.</param>
internal sealed class JsonText(RenderBudget budget, bool asciiOnly, string? indent, string itemSeparator, string keySeparator, bool sortKeys)
{
    private readonly StringBuilder _result = new();

    /// <exception cref="RenderError">A value has no form in JSON.</exception>
    public string Write(object? value)
    {
        Append(value, 0);
        return _result.ToString();
    }

    private void Append(object? value, int level)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        budget.Spend(1);
        RenderBudget.CheckLength(_result.Length);
        switch (value)
        {
            case string text:
                AppendString(text);
                break;
            case null or bool or long or double or BigInteger:
                _result.Append(Scalar(value));
                break;
            case SequenceValue sequence:
                AppendAll('[', sequence.Items, ']', level, item => Append(item, level + 1));
                break;
            case DictValue dict:
                IEnumerable<KeyValuePair<object, object?>> entries = sortKeys
                    ? dict.Entries.Order(Comparer<KeyValuePair<object, object?>>.Create((a, b) => Ordering.Compare(budget, a.Key, b.Key) ?? 0))
                    : dict.Entries;
                AppendAll('{', entries, '}', level, entry => AppendEntry(entry, level + 1));
                break;
            case Undefined undefined:
                throw undefined.Error();
            default:
                throw new RenderError($"{TypeName.WithArticle(value)} cannot be written as JSON");
        }
    }

    private void AppendEntry(KeyValuePair<object, object?> entry, int level)
    {
        AppendString(KeyComparer.ValueOf(entry.Key) switch
        {
            string text => text,
            TupleValue => throw new RenderError("a tuple cannot be a key in JSON"),
            var scalar => Scalar(scalar),
        });
        _result.Append(keySeparator);
        Append(entry.Value, level);
    }

    private void AppendAll<T>(char open, IEnumerable<T> items, char close, int level, Action<T> append)
    {
        _result.Append(open);
        bool isFirst = true;
        foreach (T item in items)
        {
            if (!isFirst)
                _result.Append(itemSeparator);
            isFirst = false;
            BreakLine(level + 1);
            append(item);
        }

        if (!isFirst)
            BreakLine(level);
        _result.Append(close);
    }

    private void BreakLine(int level)
    {
        if (indent is null)
            return;
        budget.SpendText((long)indent.Length * level);
        RenderBudget.CheckLength(_result.Length);
        _result.Append('\n').Insert(_result.Length, indent, level);
    }

    private void AppendString(string text)
    {
        budget.SpendText(text.Length);
        _result.Append('"');
        foreach (char c in text)
            _ = c switch
            {
                '"' => _result.Append("\\\""),
                '\\' => _result.Append("\\\\"),
                '\n' => _result.Append("\\n"),
                '\r' => _result.Append("\\r"),
                '\t' => _result.Append("\\t"),
                '\b' => _result.Append("\\b"),
                '\f' => _result.Append("\\f"),
                < ' ' => _result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                >= '\x7f' when asciiOnly && c != '\x7f' => _result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => _result.Append(c),
            };
        _result.Append('"');
    }

    private static string Scalar(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        double number when double.IsNaN(number) => "NaN",
        double number when double.IsInfinity(number) => number > 0 ? "Infinity" : "-Infinity",
        _ => ToText.Of(value),
    };
}
