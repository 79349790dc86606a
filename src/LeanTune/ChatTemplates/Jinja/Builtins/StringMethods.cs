using System.Collections.Frozen;
using System.Text;
using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Methods of texts: text.strip(), text.startswith(prefix), … with Python's meaning.</summary>
internal static class StringMethods
{
    private static readonly FrozenDictionary<string, Method<string>> s_all = Cases().Concat(Edits()).Concat(StringQueries.All).Concat(StringSplits.All)
        .ToFrozenDictionary(static method => method.Name, StringComparer.Ordinal);

    public static Method<string>? Find(string name) => s_all.GetValueOrDefault(name);

    /// <summary>A text without whitespace at its ends, or without any of given characters.</summary>
    public static string Strip(string text, object? characters, bool start, bool end)
    {
        if (characters is null)
            return start && end ? Whitespace.Trim(text) : start ? Whitespace.TrimStart(text) : Whitespace.TrimEnd(text);
        string set = TextOf(characters, "the characters to strip");
        int from = 0, to = text.Length;
        if (CodePoints.AreChars(set))
        {
            while (start && from < to && set.Contains(text[from]))
                from++;
            while (end && to > from && set.Contains(text[to - 1]))
                to--;
            return text[from..to];
        }

        HashSet<string> wanted = [.. CodePoints.Split(set)];
        List<string> kept = [.. CodePoints.Split(text)];
        kept.RemoveRange(0, start ? kept.TakeWhile(wanted.Contains).Count() : 0);
        while (end && kept.Count > 0 && wanted.Contains(kept[^1]))
            kept.RemoveAt(kept.Count - 1);
        return string.Concat(kept);
    }

    /// <summary>A text with parts replaced, all or the first few.</summary>
    public static string Replace(RenderRun run, string text, string old, string replacement, object? count)
    {
        long most = Number.ToLong(count, "the count of replacements");
        most = most < 0 ? long.MaxValue : most;
        StringBuilder result = new();
        int at = 0;
        if (old.Length == 0)
            return Interleave(run, text, replacement, most);
        for (int found; most > 0 && (found = text.IndexOf(old, at, StringComparison.Ordinal)) >= 0; most--)
        {
            run.Budget.SpendText((long)(found - at) + replacement.Length + 16);
            RenderBudget.CheckLength(result.Length);
            result.Append(text, at, found - at).Append(replacement);
            at = found + old.Length;
        }

        run.Budget.SpendText(text.Length - at);
        return at == 0 ? text : result.Append(text, at, text.Length - at).ToString();
    }

    /// <summary>An argument that must be a text.</summary>
    public static string TextOf(object? value, string what) => value switch
    {
        string text => text,
        Undefined undefined => throw undefined.Error(),
        _ => throw new RenderError($"{what} must be a string, not {TypeName.WithArticle(value)}"),
    };

    // Replacing nothing puts the text between all characters.
    private static string Interleave(RenderRun run, string text, string replacement, long most)
    {
        StringBuilder result = new();
        foreach (string character in CodePoints.Split(text))
        {
            run.Budget.SpendText(replacement.Length + 16L);
            RenderBudget.CheckLength(result.Length);
            if (most-- > 0)
                result.Append(replacement);
            result.Append(character);
        }

        return (most > 0 ? result.Append(replacement) : result).ToString();
    }

    private static IEnumerable<Method<string>> Cases()
    {
        yield return new("upper", Parameters.None, static (_, text, _) => LetterCase.Upper(text));
        yield return new("lower", Parameters.None, static (_, text, _) => LetterCase.Lower(text));
        yield return new("casefold", Parameters.None, static (_, text, _) => LetterCase.Lower(text).Replace("ß", "ss", StringComparison.Ordinal));
        yield return new("capitalize", Parameters.None, static (_, text, _) => LetterCase.Capitalize(text));
        yield return new("title", Parameters.None, static (_, text, _) => LetterCase.TitleRuns(text));
        yield return new("swapcase", Parameters.None, static (_, text, _) => LetterCase.Swap(text));
    }

    private static IEnumerable<Method<string>> Edits()
    {
        Parameters characters = Parameters.Of(("chars", null)), part = Parameters.Of(("part", Parameters.Required));
        Parameters fill = Parameters.Of(("width", Parameters.Required), ("fillchar", " "));
        yield return new("strip", characters, static (_, text, values) => Strip(text, values[0], start: true, end: true));
        yield return new("lstrip", characters, static (_, text, values) => Strip(text, values[0], start: true, end: false));
        yield return new("rstrip", characters, static (_, text, values) => Strip(text, values[0], start: false, end: true));
        yield return new("removeprefix", part, static (_, text, values) =>
            TextOf(values[0], "a prefix") is var prefix && text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text);
        yield return new("removesuffix", part, static (_, text, values) =>
            TextOf(values[0], "a suffix") is { Length: > 0 } suffix && text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text);
        yield return new("replace", Parameters.Of(("old", Parameters.Required), ("new", Parameters.Required), ("count", -1L)), static (run, text, values) =>
            Replace(run, text, TextOf(values[0], "what to replace"), TextOf(values[1], "the replacement"), values[2]));
        yield return new("ljust", fill, static (run, text, values) => Pad(run, text, values, static _ => 0));
        yield return new("rjust", fill, static (run, text, values) => Pad(run, text, values, static missing => missing));
        yield return new("center", fill, static (run, text, values) => Center(run, text, values));
        yield return new("zfill", Parameters.Of(("width", Parameters.Required)), static (run, text, values) => ZeroFill(run, text, values[0]));
        yield return new("expandtabs", Parameters.Of(("tabsize", 8L)), static (run, text, values) => ExpandTabs(run, text, values[0]));
        yield return new("join", Parameters.Of(("items", Parameters.Required)), static (run, text, values) => Join(run, text, values[0]));
    }

    /// <summary>A text in the middle of a width.</summary>
    public static string Center(RenderRun run, string text, object?[] values)
    {
        long width = Number.ToLong(values[0], "a width");
        return Pad(run, text, values, missing => (missing / 2) + (missing & width & 1));
    }

    private static string Pad(RenderRun run, string text, object?[] values, Func<long, long> before)
    {
        string fill = TextOf(values[1], "the fill character");
        if (CodePoints.Count(fill) != 1)
            throw new RenderError("the fill character must be one character");
        long missing = Number.ToLong(values[0], "a width") - CodePoints.Count(text);
        if (missing <= 0)
            return text;
        run.Budget.SpendText(missing + text.Length);
        int left = (int)before(missing);
        return new StringBuilder().Insert(0, fill, left).Append(text).Insert(left * fill.Length + text.Length, fill, (int)missing - left).ToString();
    }

    private static string ZeroFill(RenderRun run, string text, object? width)
    {
        long missing = Number.ToLong(width, "a width") - CodePoints.Count(text);
        if (missing <= 0)
            return text;
        run.Budget.SpendText(missing + text.Length);
        return text.Insert(text is ['+' or '-', ..] ? 1 : 0, new string('0', (int)missing));
    }

    private static string ExpandTabs(RenderRun run, string text, object? size)
    {
        long width = Math.Clamp(Number.ToLong(size, "the width of a tab"), 0, 1000);
        run.Budget.SpendText(text.Length * (width + 1));
        StringBuilder result = new();
        long column = 0;
        foreach (string character in CodePoints.Split(text))
        {
            long blanks = character != "\t" ? -1 : width == 0 ? 0 : width - (column % width);
            column = character is "\n" or "\r" ? 0 : column + (blanks < 0 ? 1 : blanks);
            _ = blanks < 0 ? result.Append(character) : result.Append(' ', (int)blanks);
        }

        return result.ToString();
    }

    private static string Join(RenderRun run, string separator, object? items)
    {
        StringBuilder result = new();
        bool isFirst = true;
        foreach (object? item in Iteration.Of(run.Budget, items))
        {
            string text = TextOf(item, "an item to join");
            run.Budget.SpendText((long)separator.Length + text.Length);
            RenderBudget.CheckLength(result.Length);
            if (!isFirst)
                result.Append(separator);
            isFirst = false;
            result.Append(text);
        }

        return result.ToString();
    }
}
