using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Spans;

/// <summary>Finds which parts of a rendered conversation are trained, in the surest way that the template allows.</summary>
internal static class SpanFinder
{
    /// <exception cref="TemplateException">It cannot be told what the assistant wrote, or a message asks to be trained that is not the assistant's.</exception>
    public static IReadOnlyList<AssistantSpan> Find(ConversationRenderer renderer, Rendering whole, AssistantTurns turns)
    {
        if (turns == AssistantTurns.WholeText)
            return whole.Text.Length > 0 ? [new AssistantSpan(0, whole.Text.Length, -1)] : [];
        int[] wanted = Wanted(renderer, turns);
        if (wanted.Length == 0)
            return [];
        List<AssistantSpan>? spans = null;
        if (renderer.HasGenerationBlocks && !whole.Tracker.LostGeneration && whole.Tracker.Generated.Count > 0)
            spans = FromBlocks(renderer, whole, wanted);
        spans ??= new LoopTurns(renderer, whole, wanted).Find()
            ?? new PrefixTurns(renderer, whole, wanted).Find()
            ?? new MarkedTurns(renderer, whole, wanted).Find()
            ?? (Array.TrueForAll(wanted, renderer.WritesNothingOf) ? new List<AssistantSpan>() : null)
            ?? throw new TemplateException(renderer.TemplateName, 0,
                "cannot tell which part of the text the assistant writes, so nothing could be trained; put {% generation %} … {% endgeneration %} around it in the template");
        spans.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return spans;
    }

    private static int[] Wanted(ConversationRenderer renderer, AssistantTurns turns)
    {
        IReadOnlyList<ChatMessage> messages = renderer.Messages;
        int last = -1;
        for (int i = 0; i < messages.Count; i++)
        {
            if (messages[i].IsAssistant)
                last = i;
            else if (messages[i].Train == true)
                throw new TemplateException(renderer.TemplateName, 0,
                    $"message {i + 1} asks to be trained, but its role is '{messages[i].Role}'; only the assistant's messages are trained");
        }

        return [.. Enumerable.Range(0, messages.Count).Where(i => messages[i].IsAssistant && (messages[i].Train ?? (turns == AssistantTurns.All || i == last)))];
    }

    private static List<AssistantSpan>? FromBlocks(ConversationRenderer renderer, Rendering whole, int[] wanted)
    {
        List<TextRange> blocks = whole.Tracker.Generated;
        int[] assistants = [.. Enumerable.Range(0, renderer.Messages.Count).Where(i => renderer.Messages[i].IsAssistant)];
        // Blocks outside of a loop over messages belong to the assistant's messages one by one, or to all of them.
        if (blocks.Exists(static block => block.Message < 0))
        {
            if (blocks.Count == assistants.Length)
                blocks = [.. blocks.Select((block, i) => block with { Message = assistants[i] })];
            else if (wanted.Length < assistants.Length)
                return null;
        }

        EndOfTurn end = new(whole.Text, renderer.EndToken);
        List<AssistantSpan> spans = [];
        foreach (TextRange block in blocks.Where(block => block.Message < 0 || wanted.Contains(block.Message)))
        {
            TextRange turn = whole.Tracker.Turns.Find(turn => turn.Message == block.Message && turn.Start <= block.Start && turn.End >= block.End);
            spans.Add(new AssistantSpan(block.Start, turn.End > 0 ? end.Extend(block.Start, block.End, turn.End) : block.End, block.Message));
        }

        return spans;
    }
}
