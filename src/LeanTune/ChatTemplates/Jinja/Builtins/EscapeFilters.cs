using System.Text;
using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Filters that write values for other formats: JSON, HTML, URLs.</summary>
internal static class EscapeFilters
{
    public static IEnumerable<Filter> All { get; } =
    [
        new("tojson", Parameters.Of(("ensure_ascii", false), ("indent", null), ("separators", null), ("sort_keys", false)), ToJson),
        new("escape", Parameters.None, Escape),
        new("e", Parameters.None, Escape),
        new("forceescape", Parameters.None, Escape),
        new("safe", Parameters.None, static (run, value, _) => TextFilters.Text(run, value)),
        new("urlencode", Parameters.None, UrlEncode),
    ];

    private static string ToJson(RenderRun run, object? value, object?[] values)
    {
        string? indent = values[1] switch
        {
            null => null,
            string text => text,
            _ => new string(' ', (int)Math.Clamp(Number.ToLong(values[1], "the indent"), 0, 1000)),
        };
        (string items, string keys) = values[2] switch
        {
            null => (indent is null ? ", " : ",", ": "),
            SequenceValue { Items: [string item, string key] } => (item, key),
            _ => throw new RenderError("separators must be two texts: one between items, one between key and value"),
        };
        return new JsonText(run.Budget, Truth.Of(values[0]), indent, items, keys, Truth.Of(values[3])).Write(value);
    }

    private static string Escape(RenderRun run, object? value, object?[] values)
    {
        string text = TextFilters.Text(run, value);
        run.Budget.SpendText(text.Length * 5L);
        StringBuilder result = new(text.Length);
        foreach (char c in text)
            _ = c switch
            {
                '&' => result.Append("&amp;"),
                '<' => result.Append("&lt;"),
                '>' => result.Append("&gt;"),
                '\'' => result.Append("&#39;"),
                '"' => result.Append("&#34;"),
                _ => result.Append(c),
            };
        return result.ToString();
    }

    // A text keeps its slashes; pairs become a query.
    private static string UrlEncode(RenderRun run, object? value, object?[] values)
    {
        if (value is DictValue dict)
            return string.Join('&', dict.Entries.Select(entry => $"{Quote(run, KeyComparer.ValueOf(entry.Key), "")}={Quote(run, entry.Value, "")}"));
        if (value is not SequenceValue pairs)
            return Quote(run, value, "/");
        return string.Join('&', pairs.Items.Select(pair => pair is SequenceValue { Items: [var key, var item] }
            ? $"{Quote(run, key, "")}={Quote(run, item, "")}"
            : throw new RenderError("the filter 'urlencode' takes a text, a mapping or a list of pairs")));
    }

    private static string Quote(RenderRun run, object? value, string alsoSafe)
    {
        string text = TextFilters.Text(run, value);
        run.Budget.SpendText(text.Length * 9L);
        StringBuilder result = new(text.Length);
        foreach (byte b in Encoding.UTF8.GetBytes(text))
            _ = char.IsAsciiLetterOrDigit((char)b) || "_.-~".Contains((char)b) || alsoSafe.Contains((char)b)
                ? result.Append((char)b)
                : result.Append('%').Append(Convert.ToHexString([b]));
        return alsoSafe.Length > 0 ? result.ToString() : result.Replace("%20", "+").ToString();
    }
}
