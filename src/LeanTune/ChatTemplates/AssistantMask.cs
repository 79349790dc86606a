using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates;

/// <summary>Tells which tokens of a rendered conversation are trained, from where in the text they stand and never from their ids.</summary>
public static class AssistantMask
{
    /// <summary>Marks the tokens that overlap a span: those that start before its end and end behind its start.</summary>
    /// <param name="offsets">Where each token starts and ends (exclusive), in the unit of the spans: UTF-16 code units for those of <see cref="RenderedChat"/>.</param>
    /// <param name="spans">The spans, in the order of the text and without overlap.</param>
    /// <returns>One flag a token.</returns>
    public static bool[] Of(ReadOnlySpan<(int Start, int End)> offsets, IReadOnlyList<AssistantSpan> spans)
    {
        ArgumentNullException.ThrowIfNull(spans);
        bool[] mask = new bool[offsets.Length];
        int first = 0;
        for (int i = 0; i < mask.Length; i++)
        {
            (int start, int end) = offsets[i];
            // Tokens come in the order of the text, save for some that come with no place of their own.
            if (i > 0 && start < offsets[i - 1].Start)
                first = 0;
            while (first < spans.Count && spans[first].End <= start)
                first++;
            mask[i] = first < spans.Count && spans[first].Start < end;
        }

        return mask;
    }

    /// <summary>The same spans counted in code points, as tokenizers count.</summary>
    internal static IReadOnlyList<AssistantSpan> ToCodePoints(string text, IReadOnlyList<AssistantSpan> spans)
    {
        if (CodePoints.AreChars(text))
            return spans;
        List<AssistantSpan> result = new(spans.Count);
        int position = 0, codePoints = 0;
        foreach (AssistantSpan span in spans)
            result.Add(span with { Start = CountTo(span.Start), End = CountTo(span.End) });
        return result;

        int CountTo(int end)
        {
            codePoints += CodePoints.Count(text.AsSpan(position, end - position));
            position = end;
            return codePoints;
        }
    }
}
