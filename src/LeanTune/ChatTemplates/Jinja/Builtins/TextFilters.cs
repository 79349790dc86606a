using System.Text;
using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Filters that make text of text: case, trimming, replacing, formatting.</summary>
internal static class TextFilters
{
    public static IEnumerable<Filter> All { get; } =
    [
        new("string", Parameters.None, static (run, value, _) => ToText.Of(run.Budget, value)),
        Of("upper", LetterCase.Upper),
        Of("lower", LetterCase.Lower),
        Of("capitalize", LetterCase.Capitalize),
        Of("title", TitleWords),
        new("trim", Parameters.Of(("chars", null)), static (run, value, values) => StringMethods.Strip(Text(run, value), values[0], start: true, end: true)),
        new("replace", Parameters.Of(("old", Parameters.Required), ("new", Parameters.Required), ("count", null)), Replace),
        new("format", Format),
        new("wordcount", Parameters.None, static (run, value, _) => Boxed.Of(CountWords(Text(run, value)))),
        new("truncate", Parameters.Of(("length", 255L), ("killwords", false), ("end", "..."), ("leeway", 5L)), Truncate),
    ];

    /// <summary>A value as text.</summary>
    public static string Text(RenderRun run, object? value) => value as string ?? ToText.Of(run.Budget, value);

    private static Filter Of(string name, Func<string, string> apply) => new(name, Parameters.None, (run, value, _) =>
    {
        string text = Text(run, value);
        run.Budget.SpendText(text.Length);
        return apply(text);
    });

    // Words begin after whitespace, hyphens and opening brackets.
    private static string TitleWords(string text)
    {
        StringBuilder result = new(text.Length);
        bool begins = true;
        foreach (string character in CodePoints.Split(text))
        {
            bool separates = character.Length == 1 && (Whitespace.Is(character[0]) || "-({[<".Contains(character[0]));
            result.Append(separates ? character : begins ? LetterCase.Upper(character) : LetterCase.Lower(character));
            begins = separates;
        }

        return result.ToString();
    }

    private static string Replace(RenderRun run, object? value, object?[] values) =>
        StringMethods.Replace(run, Text(run, value), Text(run, values[0]), Text(run, values[1]), values[2] ?? -1L);

    private static string Format(RenderRun run, object? value, in Arguments arguments)
    {
        if (arguments.Named.Length == 0)
            return PercentFormat.Apply(run.Budget, Text(run, value), new TupleValue(arguments.Positional));
        if (arguments.Positional.Length > 0)
            throw new RenderError("the filter 'format' takes arguments with names or without, not both");
        DictValue named = new();
        foreach ((string name, object? item) in arguments.Named)
            named.Set(name, item);
        return PercentFormat.Apply(run.Budget, Text(run, value), named);
    }

    private static long CountWords(string text)
    {
        long words = 0;
        bool within = false;
        foreach (string character in CodePoints.Split(text))
        {
            bool isWord = character[0] == '_' || CharacterKinds.IsAlphanumeric(character);
            words += isWord && !within ? 1 : 0;
            within = isWord;
        }

        return words;
    }

    private static object? Truncate(RenderRun run, object? value, object?[] values)
    {
        string end = Text(run, values[2]);
        long length = Number.ToLong(values[0], "the length to truncate to"), leeway = Number.ToLong(values[3] ?? 5L, "the leeway");
        if (value is not string && Iteration.CountOf(value) <= length + leeway)
            return value;
        string text = StringMethods.TextOf(value, "what is truncated");
        int count = CodePoints.Count(text), keep = (int)Math.Clamp(length - CodePoints.Count(end), 0, count);
        if (length < CodePoints.Count(end))
            throw new RenderError($"a text cannot be truncated to {length} characters and end in '{end}'");
        if (count <= length + leeway)
            return text;
        string kept = text[..CodePoints.Offset(text, keep)];
        if (!Truth.Of(values[1]) && kept.LastIndexOf(' ') is >= 0 and var space)
            kept = kept[..space];
        return kept + end;
    }
}
