using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>
/// Learns, while a template is rendered, which part of the text belongs to which message: what a loop writes while it stands at a message
/// is that message's turn, and generation blocks say themselves what the assistant wrote.
/// </summary>
internal sealed class TurnTracker
{
    private readonly Dictionary<object, int> _messages = new(ReferenceEqualityComparer.Instance);

    /// <param name="messages">The messages as the template sees them, no object twice.</param>
    public TurnTracker(object?[] messages)
    {
        for (int i = 0; i < messages.Length; i++)
            if (messages[i] is { } message)
                _messages.Add(message, i);
    }

    /// <summary>Index of the message that the innermost loop over messages stands at, or -1.</summary>
    public int Current { get; private set; } = -1;

    /// <summary>What each turn of a loop over messages wrote, in the order of the text; nothing empty.</summary>
    public List<TextRange> Turns { get; } = [];

    /// <summary>What generation blocks wrote; the message is -1 where no loop says.</summary>
    public List<TextRange> Generated { get; } = [];

    /// <summary>Whether a generation block wrote to a text whose place is not known, as within a macro whose result is kept.</summary>
    public bool LostGeneration { get; private set; }

    /// <summary>Takes note of a loop's next item.</summary>
    /// <returns>What to hand to <see cref="EndItem"/>; null when the item is no message.</returns>
    public (int Outer, int Start)? BeginItem(RenderRun run, object? item)
    {
        if (item is not DictValue || !_messages.TryGetValue(item, out int index))
            return null;
        (int, int) begun = (Current, run.WritesText ? run.Length : -1);
        Current = index;
        return begun;
    }

    /// <summary>Takes note of the end of an item that was a message.</summary>
    public void EndItem(RenderRun run, (int Outer, int Start) begun)
    {
        if (begun.Start >= 0 && run.WritesText && run.Length > begun.Start)
            Turns.Add(new TextRange(begun.Start, run.Length, Current));
        Current = begun.Outer;
    }

    /// <summary>Takes note of what a generation block wrote; start -1 when not to the rendered text.</summary>
    public void Generate(int start, int end)
    {
        if (start < 0)
            LostGeneration = true;
        else if (end > start)
            Generated.Add(new TextRange(start, end, Current));
    }
}
