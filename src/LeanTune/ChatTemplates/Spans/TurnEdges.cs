using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Spans;

/// <summary>What a template writes before and behind what an assistant's message says, within the message's turn.</summary>
/// <param name="Header">Before it.</param>
/// <param name="Footer">Behind it.</param>
internal sealed record TurnEdges(string Header, string Footer)
{
    /// <summary>Finds the edges of one turn in a rendering with marks.</summary>
    /// <param name="marked">The rendering.</param>
    /// <param name="marks">Its marks.</param>
    /// <param name="message">The message.</param>
    /// <param name="edges">The edges; null when the template writes nothing of what the message says.</param>
    /// <returns>False when what the message says stands elsewhere than in its own turn, or not alone.</returns>
    public static bool TryFind(Rendering marked, Marks marks, int message, out TurnEdges? edges)
    {
        edges = null;
        string mark = marks.Content(message);
        int at = marked.Text.IndexOf(mark, StringComparison.Ordinal);
        if (at < 0)
            return true;
        int behind = at + mark.Length;
        if (marked.Text.IndexOf(mark, behind, StringComparison.Ordinal) >= 0 || marked.TurnsOf(message) is not [TextRange turn] || at < turn.Start || behind > turn.End)
            return false;
        string header = marked.Text[turn.Start..at], footer = marked.Text[behind..turn.End];
        // What the message thinks is the assistant's own too.
        int thought = header.IndexOf(marks.Reasoning(message), StringComparison.Ordinal);
        if (thought >= 0)
            header = header[..thought];
        if (marks.AnyIn(header) || marks.AnyIn(footer))
            return false;
        edges = new TurnEdges(header, footer);
        return true;
    }
}
