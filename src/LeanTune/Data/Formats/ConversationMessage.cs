using System.Text.Json;

namespace LeanTune.Data;

/// <summary>One turn of a conversation.</summary>
public sealed record ConversationMessage
{
    /// <summary>Who speaks: system, developer, user, assistant or tool.</summary>
    public required string Role { get; init; }

    /// <summary>What is said, parts joined; null in a turn that only calls tools.</summary>
    public string? Content { get; init; }

    /// <summary>The texts of the parts, where the content was written as a list of parts; else null.</summary>
    public IReadOnlyList<string>? Parts { get; init; }

    /// <summary>The tools that the assistant calls.</summary>
    public IReadOnlyList<ToolCall> ToolCalls { get; init; } = [];

    /// <summary>Which call a tool's turn answers, or null.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>Name of the speaker or tool, or null.</summary>
    public string? Name { get; init; }

    /// <summary>Whether the turn itself says that it is to be trained (<c>train</c>, or <c>weight</c> 0 or 1); null leaves it to the run.</summary>
    public bool? Train { get; init; }

    /// <summary>The message as OpenAI's format has it, with every field that is not listed here; null where the file wrote it in another format.</summary>
    public JsonElement? Original { get; init; }

    internal void AddTo(ContentHasher content)
    {
        content.Add(Role).Add(Content);
        foreach (ToolCall call in ToolCalls)
            content.Add(call.Name).Add(call.Arguments);
    }
}
