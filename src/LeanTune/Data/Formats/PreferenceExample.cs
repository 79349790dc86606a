using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Two continuations of which one is better.</summary>
/// <param name="Prompt">The turns before both; empty where chosen and rejected hold the whole conversation.</param>
/// <param name="Chosen">The better continuation.</param>
/// <param name="Rejected">The worse one; never equal to the better.</param>
/// <remarks>A plain text is one message: of the user in the prompt, of the assistant in the continuations.</remarks>
public sealed record PreferenceExample(
    IReadOnlyList<ConversationMessage> Prompt, IReadOnlyList<ConversationMessage> Chosen, IReadOnlyList<ConversationMessage> Rejected) : Example
{
    /// <summary>The record as read.</summary>
    public JsonElement Record { get; init; }

    internal override string KindName => "preferences";

    private protected override void AddTo(ContentHasher content)
    {
        foreach (IReadOnlyList<ConversationMessage> side in new[] { Prompt, Chosen, Rejected })
        {
            foreach (ConversationMessage message in side)
                message.AddTo(content);
            content.Add("");
        }
    }
}
