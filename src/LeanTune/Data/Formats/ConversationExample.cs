using System.Text.Json;

namespace LeanTune.Data;

/// <summary>A conversation; what the assistant says is trained.</summary>
/// <param name="Messages">The turns in order; at least one is the assistant's and is to be trained.</param>
/// <param name="Tools">The tools that the assistant may call, a JSON array as OpenAI writes it, or null.</param>
public sealed record ConversationExample(IReadOnlyList<ConversationMessage> Messages, JsonElement? Tools) : Example
{
    /// <summary>The record as read, with every field that is not listed here, for templates that use them.</summary>
    public JsonElement Record { get; init; }

    internal override string KindName => "conversations";

    private protected override void AddTo(ContentHasher content)
    {
        foreach (ConversationMessage message in Messages)
            message.AddTo(content);
        content.Add(Tools);
    }
}
