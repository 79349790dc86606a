using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Methods that ask something of a text: where a part stands, how it begins, of what characters it is.</summary>
internal static class StringQueries
{
    private static readonly Parameters s_part = Parameters.Of(("part", Parameters.Required), ("start", null), ("end", null));

    public static IEnumerable<Method<string>> All { get; } =
    [
        new("startswith", s_part, static (_, text, values) => HasEdge(text, values, static (whole, part) => whole.StartsWith(part, StringComparison.Ordinal))),
        new("endswith", s_part, static (_, text, values) => HasEdge(text, values, static (whole, part) => whole.EndsWith(part, StringComparison.Ordinal))),
        new("find", s_part, static (run, text, values) => Boxed.Of(Find(run, text, values, isLast: false))),
        new("rfind", s_part, static (run, text, values) => Boxed.Of(Find(run, text, values, isLast: true))),
        new("index", s_part, static (run, text, values) => Index(run, text, values, isLast: false)),
        new("rindex", s_part, static (run, text, values) => Index(run, text, values, isLast: true)),
        new("count", s_part, static (run, text, values) => Count(run, text, values)),
        Of("isdigit", CharacterKinds.IsDigit),
        Of("isdecimal", CharacterKinds.IsDecimal),
        Of("isnumeric", CharacterKinds.IsNumeric),
        Of("isalpha", CharacterKinds.IsLetter),
        Of("isalnum", CharacterKinds.IsAlphanumeric),
        Of("isspace", static character => character.Length == 1 && Whitespace.Is(character[0])),
        new("isascii", Parameters.None, static (_, text, _) => Boxed.Of(System.Text.Ascii.IsValid(text))),
        new("isupper", Parameters.None, static (_, text, _) => Boxed.Of(LetterCase.IsUpper(text))),
        new("islower", Parameters.None, static (_, text, _) => Boxed.Of(LetterCase.IsLower(text))),
        new("istitle", Parameters.None, static (_, text, _) => Boxed.Of(CodePoints.Split(text).Any(CharacterKinds.IsCased) && LetterCase.TitleRuns(text) == text)),
        new("isprintable", Parameters.None, static (_, text, _) => Boxed.Of(CodePoints.Split(text).All(static character => StringRepr.IsPrintable(CodeOf(character))))),
        new("isidentifier", Parameters.None, static (_, text, _) => Boxed.Of(IsIdentifier(text))),
    ];

    // Holds when the text is not empty and every character is of the kind.
    private static Method<string> Of(string name, Func<string, bool> isKind) =>
        new(name, Parameters.None, (_, text, _) => Boxed.Of(text.Length > 0 && CodePoints.Split(text).All(isKind)));

    private static bool IsIdentifier(string text) => text.Length > 0 && !char.IsDigit(text[0]) && text.All(static c => c == '_' || char.IsLetterOrDigit(c));

    private static int CodeOf(string character) => character.Length == 2 ? char.ConvertToUtf32(character, 0) : character[0];

    private static object HasEdge(string text, object?[] values, Func<string, string, bool> holds)
    {
        (int start, int end) = Range(text, values);
        if (start > end)
            return Boxed.False;
        string within = text[start..end];
        return Boxed.Of(values[0] is TupleValue several
            ? several.Items.Any(part => holds(within, StringMethods.TextOf(part, "a prefix or suffix")))
            : holds(within, StringMethods.TextOf(values[0], "a prefix or suffix")));
    }

    private static long Find(RenderRun run, string text, object?[] values, bool isLast)
    {
        string part = StringMethods.TextOf(values[0], "what to find");
        (int start, int end) = Range(text, values);
        run.Budget.SpendText(text.Length);
        if (start > end)
            return -1;
        ReadOnlySpan<char> within = text.AsSpan(start, end - start);
        int found = isLast ? within.LastIndexOf(part, StringComparison.Ordinal) : within.IndexOf(part, StringComparison.Ordinal);
        return found < 0 ? -1 : CodePoints.IndexOf(text, start + found);
    }

    private static object Index(RenderRun run, string text, object?[] values, bool isLast) =>
        Find(run, text, values, isLast) is >= 0 and var found ? Boxed.Of(found) : throw new RenderError("the text does not hold the part that index() looks for");

    private static object Count(RenderRun run, string text, object?[] values)
    {
        string part = StringMethods.TextOf(values[0], "what to count");
        (int start, int end) = Range(text, values);
        run.Budget.SpendText(text.Length);
        if (start > end)
            return Boxed.Of(0);
        ReadOnlySpan<char> within = text.AsSpan(start, end - start);
        return Boxed.Of(part.Length == 0 ? CodePoints.Count(within) + 1 : within.Count(part));
    }

    // The part of the text between two places, which count code points, from the end when negative.
    private static (int Start, int End) Range(string text, object?[] values)
    {
        if (values[1] is null && values[2] is null)
            return (0, text.Length);
        int count = CodePoints.Count(text);
        long start = Place(values[1], 0, count), end = Math.Min(Place(values[2], count, count), count);
        return start > count ? (1, 0) : (CodePoints.Offset(text, (int)start), CodePoints.Offset(text, (int)end));
    }

    private static long Place(object? value, long absent, int count)
    {
        long place = value is null ? absent : Number.ToLong(value, "a place in a text");
        return place < 0 ? Math.Max(place + count, 0) : place;
    }
}
