using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Spans;

/// <summary>
/// Finds what the assistant wrote by what the template's loop over the messages wrote while it stood at the assistant's: this stays right where
/// templates trim, merge or drop what messages say. A turn starts behind the prompt that the template would give for it.
/// </summary>
internal sealed class LoopTurns(ConversationRenderer renderer, Rendering whole, IReadOnlyList<int> wanted)
{
    private readonly EndOfTurn _end = new(whole.Text, renderer.EndToken);

    /// <summary>The spans of the wanted turns; null when this cannot tell.</summary>
    public List<AssistantSpan>? Find()
    {
        List<TextRange> turns = [];
        foreach (int message in wanted)
        {
            TextRange[] found = whole.TurnsOf(message);
            if (found.Length > 1 || (found.Length == 0 && !renderer.WritesNothingOf(message)))
                return null;
            turns.AddRange(found);
        }

        if (turns.Count == 0)
            return whole.Tracker.Turns.Count > 0 ? [] : null;
        if (turns.Exists(turn => whole.Tracker.Turns.Exists(other => other.Message != turn.Message && other.Start >= turn.Start && other.End <= turn.End)))
            return null;
        return FindEdges(turns) is { } edges ? Cut(turns, edges) : null;
    }

    private Dictionary<int, TurnEdges>? FindEdges(List<TextRange> turns)
    {
        Marks marks = new(whole.Text, [.. turns.Select(static turn => turn.Message)]);
        Dictionary<int, TurnEdges> edges = [];
        if (renderer.TryRenderMarked(renderer.Messages.Count, marks) is not Rendering marked)
            return edges;
        foreach (TextRange turn in turns)
        {
            if (!TurnEdges.TryFind(marked, marks, turn.Message, out TurnEdges? found))
                return null;
            if (found is not null)
                edges.Add(turn.Message, found);
        }

        return edges;
    }

    private List<AssistantSpan>? Cut(List<TextRange> turns, Dictionary<int, TurnEdges> edges)
    {
        string? prompt = GenerationPrompt.Find(renderer, whole, turns[0]);
        List<AssistantSpan> spans = [];
        foreach (TextRange turn in turns)
        {
            TurnEdges? edge = edges.GetValueOrDefault(turn.Message);
            string text = whole.Text[turn.Start..turn.End];
            if (HeaderLength(text, prompt, edge, edges.Values) is not int header)
                return null;
            int end = turn.End;
            string? footer = edge?.Footer;
            // The prompt for a turn to come may be written within the last one.
            if (renderer.AddsGenerationPrompt && !string.IsNullOrEmpty(prompt) && text.Length >= header + prompt.Length && text.EndsWith(prompt, StringComparison.Ordinal)
                && turn.Message == renderer.Messages.Count - 1)
            {
                end -= prompt.Length;
                footer = footer is not null && footer.EndsWith(prompt, StringComparison.Ordinal) ? footer[..^prompt.Length] : null;
            }

            int start = turn.Start + header;
            int last = _end.Find(start, end, footer);
            if (last > start)
                spans.Add(new AssistantSpan(start, last, turn.Message));
        }

        return spans;
    }

    private static int? HeaderLength(string turn, string? prompt, TurnEdges? edge, IEnumerable<TurnEdges> all)
    {
        if (!string.IsNullOrEmpty(prompt) && turn.StartsWith(prompt, StringComparison.Ordinal))
            return prompt.Length;
        if (edge is not null && turn.StartsWith(edge.Header, StringComparison.Ordinal))
            return LengthOf(edge.Header);
        // Something else stands before what is said, such as thoughts: the turn begins like others do, or like the prompt does.
        if (all.Select(static other => other.Header).FirstOrDefault(header => turn.StartsWith(header, StringComparison.Ordinal)) is string similar)
            return LengthOf(similar);
        if (prompt == "" && edge is null)
            return 0;
        int shared = prompt is null ? 0 : turn.AsSpan().CommonPrefixLength(prompt);
        int line = turn.AsSpan(0, shared).LastIndexOf('\n') + 1;
        return line > 0 ? line : null;
    }

    // A blank before what is said is the assistant's to write: with it, the first word is the token that it is within a text.
    private static int LengthOf(string header) => Whitespace.IsBlank(header) ? 0 : header.Length;
}
