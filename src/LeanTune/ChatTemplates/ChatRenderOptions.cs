using System.Text.Json;

namespace LeanTune.ChatTemplates;

/// <summary>How a conversation is rendered.</summary>
public sealed record ChatRenderOptions
{
    /// <summary>Whether the text ends with what the assistant's next turn begins with.</summary>
    /// <value>Default false, as for training.</value>
    public bool AddGenerationPrompt { get; init; }

    /// <summary>The tools that the assistant may call, as a JSON array of their schemas, or null.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>Documents for templates that take them, as a JSON array, or null.</summary>
    public JsonElement? Documents { get; init; }

    /// <summary>Further variables of the template, such as <c>enable_thinking</c>.</summary>
    /// <value>Default none.</value>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Which turns are trained; a message's <see cref="ChatMessage.Train"/> comes before this.</summary>
    /// <value>Default <see cref="AssistantTurns.All"/>.</value>
    public AssistantTurns Turns { get; init; }

    /// <summary>What templates that write the date ask for it.</summary>
    /// <value>Default the system's clock.</value>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
