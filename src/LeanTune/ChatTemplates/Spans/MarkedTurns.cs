using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Spans;

/// <summary>
/// Finds what the assistant wrote by rendering the conversation with marks in its place: what stands between the same surroundings is what
/// the marks stand for. The last resort, for templates that gather their text before they write it.
/// </summary>
internal sealed class MarkedTurns(ConversationRenderer renderer, Rendering whole, IReadOnlyList<int> wanted)
{
    private static readonly Func<string, string>[] s_variants = [static text => text, Whitespace.Trim, Whitespace.TrimStart, Whitespace.TrimEnd];

    /// <summary>The spans of the wanted turns; null when this cannot tell.</summary>
    public List<AssistantSpan>? Find()
    {
        Marks marks = new(whole.Text, wanted);
        if (renderer.TryRenderMarked(renderer.Messages.Count, marks) is not Rendering marked || Surroundings(marked.Text, marks) is not List<string> around)
            return null;
        List<AssistantSpan> spans = [];
        int at = around[0].Length;
        if (!whole.Text.StartsWith(around[0], StringComparison.Ordinal))
            return null;
        for (int i = 0; i < wanted.Count; i++)
        {
            string behind = around[i + 1];
            bool isLast = i == wanted.Count - 1;
            if (LengthOfSaid(renderer.Messages[wanted[i]].Text ?? "", at, behind, isLast) is not int length)
                return null;
            int token = SpecialLookalikes.LengthAt(behind, 0) is > 0 and var special ? special
                : renderer.EndToken.Length > 0 && behind.StartsWith(renderer.EndToken, StringComparison.Ordinal) ? renderer.EndToken.Length : 0;
            if (length + token > 0)
                spans.Add(new AssistantSpan(at, at + length + token, wanted[i]));
            at += length + behind.Length;
        }

        return at == whole.Text.Length ? spans : null;
    }

    private int? LengthOfSaid(string said, int at, string behind, bool isLast)
    {
        foreach (Func<string, string> variant in s_variants)
        {
            string text = variant(said);
            if (whole.Text.AsSpan(at).StartsWith(text, StringComparison.Ordinal)
                && (isLast ? whole.Text.AsSpan(at + text.Length).SequenceEqual(behind) : whole.Text.AsSpan(at + text.Length).StartsWith(behind, StringComparison.Ordinal)))
                return text.Length;
        }

        return null;
    }

    // The text before, between and behind the marks; null when a mark is missing, comes twice or out of order.
    private List<string>? Surroundings(string marked, Marks marks)
    {
        List<string> around = [];
        int from = 0;
        foreach (int message in wanted)
        {
            string mark = marks.Content(message);
            int at = marked.IndexOf(mark, from, StringComparison.Ordinal);
            if (at < 0)
                return null;
            around.Add(marked[from..at]);
            from = at + mark.Length;
        }

        around.Add(marked[from..]);
        return around.Exists(part => marks.AnyIn(part)) ? null : around;
    }
}
