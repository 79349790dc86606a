using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Spans;

/// <summary>Renders variants of one conversation: its first messages, with and without a prompt, with marks in the place of texts.</summary>
internal sealed class ConversationRenderer(
    Template template, IReadOnlyDictionary<string, object?> variables, IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, TimeProvider clock)
{
    // The tracker tells messages by their objects, so none may come twice.
    private readonly object?[] _values = Distinct(messages);

    public string TemplateName => template.Name;

    public bool HasGenerationBlocks => template.HasGenerationBlocks;

    public IReadOnlyList<ChatMessage> Messages => messages;

    /// <summary>Whether the conversation itself is rendered with a prompt.</summary>
    public bool AddsGenerationPrompt => addGenerationPrompt;

    /// <summary>The token that the template knows as the end of a text; "" when none.</summary>
    public string EndToken { get; } = variables.GetValueOrDefault("eos_token") as string ?? "";

    /// <summary>The conversation as it is.</summary>
    /// <exception cref="TemplateException">The template fails or refuses the conversation.</exception>
    public Rendering Render() => Render(_values, addGenerationPrompt);

    /// <summary>The first messages; null when the template fails or refuses them.</summary>
    public Rendering? TryRenderFirst(int count, bool withPrompt) => TryRender(_values[..count], withPrompt);

    /// <summary>The first messages, with marks in some; null when the template fails or refuses them.</summary>
    public Rendering? TryRenderMarked(int count, Marks marks)
    {
        object?[] values = _values[..count];
        foreach (int message in marks.Messages)
            if (message < count)
                values[message] = messages[message].Marked(marks.Content(message), marks.Reasoning(message));
        return TryRender(values, addGenerationPrompt && count == messages.Count);
    }

    /// <summary>Whether the template writes nothing of what a message says, thinks and calls, as far as can be told.</summary>
    public bool WritesNothingOf(int message)
    {
        ChatMessage original = messages[message];
        if (string.IsNullOrEmpty(original.Text) && original.ToolCalls.Count == 0)
            return true;
        Marks marks = new("", [message]);
        object?[] values = [.. _values];
        values[message] = original.MarkedThroughout(marks.Content(message));
        return TryRender(values, addGenerationPrompt) is Rendering marked && !marks.AnyIn(marked.Text);
    }

    private static object?[] Distinct(IReadOnlyList<ChatMessage> messages)
    {
        HashSet<object> seen = new(ReferenceEqualityComparer.Instance);
        return [.. messages.Select(message => seen.Add(message) ? message.Fields : message.Fields.Copy())];
    }

    private Rendering? TryRender(object?[] values, bool withPrompt)
    {
        try
        {
            return Render(values, withPrompt);
        }
        catch (TemplateException)
        {
            return null;
        }
    }

    private Rendering Render(object?[] values, bool withPrompt)
    {
        TurnTracker tracker = new(values);
        IEnumerable<KeyValuePair<string, object?>> all =
            [.. variables, new("messages", new ListValue(values)), new("add_generation_prompt", Boxed.Of(withPrompt))];
        return new Rendering(template.Render(all, clock, tracker), tracker);
    }
}
