using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Spans;

/// <summary>A rendered text and what was learnt of where it came from.</summary>
internal sealed record Rendering(string Text, TurnTracker Tracker)
{
    /// <summary>The parts that a loop wrote while it stood at a message.</summary>
    public TextRange[] TurnsOf(int message) => [.. Tracker.Turns.Where(turn => turn.Message == message)];
}
