namespace LeanTune.ChatTemplates.Spans;

/// <summary>
/// Finds what the assistant wrote by rendering the messages up to a turn, with and without it: for templates that do not loop over messages one by
/// one. Cannot tell where a template writes earlier messages otherwise once later ones follow.
/// </summary>
internal sealed class PrefixTurns(ConversationRenderer renderer, Rendering whole, IReadOnlyList<int> wanted)
{
    /// <summary>The spans of the wanted turns; null when this cannot tell.</summary>
    public List<AssistantSpan>? Find()
    {
        List<AssistantSpan> spans = [];
        foreach (int message in wanted)
        {
            if (FindOne(message) is not AssistantSpan span)
                return null;
            if (span.End > span.Start)
                spans.Add(span);
        }

        return spans;
    }

    private AssistantSpan? FindOne(int message)
    {
        Rendering? before = message == 0 ? null : renderer.TryRenderFirst(message, withPrompt: false);
        string beforeText = before?.Text ?? "";
        if ((message > 0 && before is null) || renderer.TryRenderFirst(message + 1, withPrompt: false) is not Rendering with)
            return null;
        if (!whole.Text.StartsWith(with.Text, StringComparison.Ordinal) || !with.Text.StartsWith(beforeText, StringComparison.Ordinal))
            return null;
        if (with.Text.Length == beforeText.Length)
            return new AssistantSpan(beforeText.Length, beforeText.Length, message);
        Marks marks = new(whole.Text, [message]);
        if (renderer.TryRenderMarked(message + 1, marks) is not Rendering marked || EdgesOf(marked.Text, marks.Content(message), beforeText) is not TurnEdges edges)
            return null;
        string? prompted = renderer.TryRenderFirst(message, withPrompt: true)?.Text;
        int start = beforeText.Length + edges.Header.Length;
        if (prompted is not null && prompted.Length > beforeText.Length && with.Text.StartsWith(prompted, StringComparison.Ordinal))
            start = prompted.Length;
        else if (!with.Text.AsSpan(beforeText.Length).StartsWith(edges.Header, StringComparison.Ordinal))
            return null;
        return new AssistantSpan(start, new EndOfTurn(whole.Text, renderer.EndToken).Find(start, with.Text.Length, edges.Footer), message);
    }

    // What is written before and behind the mark, from where the turn starts.
    private static TurnEdges? EdgesOf(string marked, string mark, string before)
    {
        int at = marked.IndexOf(mark, StringComparison.Ordinal);
        bool isPlain = at >= before.Length && marked.StartsWith(before, StringComparison.Ordinal) && marked.LastIndexOf(mark, StringComparison.Ordinal) == at;
        return isPlain ? new TurnEdges(marked[before.Length..at], marked[(at + mark.Length)..]) : null;
    }
}
