using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Methods that cut a text into parts.</summary>
internal static class StringSplits
{
    private static readonly Parameters s_split = Parameters.Of(("sep", null), ("maxsplit", -1L));
    private static readonly Parameters s_separator = Parameters.Of(("sep", Parameters.Required));

    public static IEnumerable<Method<string>> All { get; } =
    [
        new("split", s_split, static (run, text, values) => Split(run, text, values, fromEnd: false)),
        new("rsplit", s_split, static (run, text, values) => Split(run, text, values, fromEnd: true)),
        new("splitlines", Parameters.Of(("keepends", false)), static (run, text, values) => ListOf(run, Lines(text, Truth.Of(values[0])))),
        new("partition", s_separator, static (_, text, values) => Partition(text, values[0], fromEnd: false)),
        new("rpartition", s_separator, static (_, text, values) => Partition(text, values[0], fromEnd: true)),
    ];

    /// <summary>The lines of a text; a line break at its end begins no further one.</summary>
    public static IEnumerable<string> Lines(string text, bool keepsEnds)
    {
        int start = 0;
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] is not ((>= '\n' and <= '\r') or (>= '\x1c' and <= '\x1e') or '\x85' or '\u2028' or '\u2029'))
                continue;
            int end = at + (text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1);
            yield return text[start..(keepsEnds ? end : at)];
            (start, at) = (end, end - 1);
        }

        if (start < text.Length)
            yield return text[start..];
    }

    private static ListValue ListOf(RenderRun run, IEnumerable<string> parts)
    {
        List<object?> items = [];
        foreach (string part in parts)
        {
            run.Budget.SpendText(part.Length + 16L);
            items.Add(part);
            if (items.Count > RenderBudget.MostGathered)
                throw new RenderError($"a text is split into more than {RenderBudget.MostGathered} parts");
        }

        return new ListValue([.. items]);
    }

    private static ListValue Split(RenderRun run, string text, object?[] values, bool fromEnd)
    {
        long most = Number.ToLong(values[1], "the count of cuts");
        most = most < 0 ? long.MaxValue : most;
        if (values[0] is null)
            return ListOf(run, fromEnd ? WordsFromEnd(text, most).Reverse() : Words(text, most));
        string separator = StringMethods.TextOf(values[0], "the separator");
        if (separator.Length == 0)
            throw new RenderError("a text cannot be split at nothing");
        return ListOf(run, fromEnd ? PartsFromEnd(text, separator, most).Reverse() : Parts(text, separator, most));
    }

    private static IEnumerable<string> Parts(string text, string separator, long most)
    {
        int start = 0;
        for (int found; most > 0 && (found = text.IndexOf(separator, start, StringComparison.Ordinal)) >= 0; most--)
        {
            yield return text[start..found];
            start = found + separator.Length;
        }

        yield return text[start..];
    }

    private static IEnumerable<string> PartsFromEnd(string text, string separator, long most)
    {
        int end = text.Length;
        for (int found; most > 0 && (found = text.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal)) >= 0; most--)
        {
            yield return text[(found + separator.Length)..end];
            end = found;
        }

        yield return text[..end];
    }

    private static IEnumerable<string> Words(string text, long most)
    {
        for (int at = 0; ; most--)
        {
            while (at < text.Length && Whitespace.Is(text[at]))
                at++;
            if (at == text.Length)
                yield break;
            int start = at;
            while (at < text.Length && !Whitespace.Is(text[at]))
                at++;
            if (most > 0)
            {
                yield return text[start..at];
                continue;
            }

            // The rest keeps its whitespace.
            yield return text[start..];
            yield break;
        }
    }

    private static IEnumerable<string> WordsFromEnd(string text, long most)
    {
        for (int at = text.Length; ; most--)
        {
            while (at > 0 && Whitespace.Is(text[at - 1]))
                at--;
            if (at == 0)
                yield break;
            int end = at;
            while (at > 0 && !Whitespace.Is(text[at - 1]))
                at--;
            if (most > 0)
            {
                yield return text[at..end];
                continue;
            }

            yield return text[..end];
            yield break;
        }
    }

    private static TupleValue Partition(string text, object? at, bool fromEnd)
    {
        string separator = StringMethods.TextOf(at, "the separator");
        if (separator.Length == 0)
            throw new RenderError("a text cannot be split at nothing");
        int found = fromEnd ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        if (found >= 0)
            return new TupleValue([text[..found], separator, text[(found + separator.Length)..]]);
        return fromEnd ? new TupleValue(["", "", text]) : new TupleValue([text, "", ""]);
    }
}
