using System.Text;
using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Filters that lay text out in lines and columns.</summary>
internal static class LayoutFilters
{
    public static IEnumerable<Filter> All { get; } =
    [
        new("center", Parameters.Of(("width", 80L)), static (run, value, values) => StringMethods.Center(run, TextFilters.Text(run, value), [values[0], " "])),
        new("indent", Parameters.Of(("width", 4L), ("first", false), ("blank", false)), Indent),
        new("wordwrap", Parameters.Of(("width", 79L), ("break_long_words", true), ("wrapstring", null), ("break_on_hyphens", true)), WrapWords),
    ];

    private static string Indent(RenderRun run, object? value, object?[] values)
    {
        string text = StringMethods.TextOf(value, "what is indented");
        string indent = values[0] as string ?? Blanks(run, values[0]);
        bool first = Truth.Of(values[1]), blank = Truth.Of(values[2]);
        StringBuilder result = new();
        bool isFirst = true;
        foreach (string line in StringSplits.Lines(text + "\n", keepsEnds: false))
        {
            run.Budget.SpendText((long)line.Length + indent.Length + 16L);
            RenderBudget.CheckLength(result.Length);
            if (!isFirst)
                result.Append('\n');
            if (isFirst ? first : blank || line.Length > 0)
                result.Append(indent);
            result.Append(line);
            isFirst = false;
        }

        return result.ToString();
    }

    private static string Blanks(RenderRun run, object? width)
    {
        long count = Math.Max(Number.ToLong(width, "the width of the indent"), 0);
        run.Budget.SpendText(count);
        return new string(' ', (int)count);
    }

    private static string WrapWords(RenderRun run, object? value, object?[] values)
    {
        string text = StringMethods.TextOf(value, "what is wrapped");
        long width = Number.ToLong(values[0], "the width of a line");
        if (width <= 0)
            throw new RenderError("the width of a line must be above 0");
        run.Budget.SpendText(text.Length * 16L);
        string lineBreak = values[2] is null ? "\n" : StringMethods.TextOf(values[2], "the line break");
        WordWrap wrap = new((int)Math.Min(width, int.MaxValue), Truth.Of(values[1]), Truth.Of(values[3]));
        return string.Join(lineBreak, StringSplits.Lines(text, keepsEnds: false).Select(line => string.Join(lineBreak, wrap.Wrap(line))));
    }
}
