namespace LeanTune.Data;

/// <summary>What a conversation must be to be trained on.</summary>
internal static class ConversationRules
{
    /// <exception cref="RecordException">The turns stand in no sensible order, or nothing is trained.</exception>
    public static void Require(IReadOnlyList<ConversationMessage> messages, string field, bool anyOrder)
    {
        if (messages.Count == 0)
            throw new RecordException($"'{field}' is an empty list");
        if (!messages.Any(message => message.Role == "assistant"))
            throw new RecordException($"'{field}' holds no turn of the assistant: nothing to train on");
        if (!anyOrder)
            RequireOrder(messages, field);
        for (int i = 0; i < messages.Count; i++)
            if (messages[i] is { Role: "assistant", ToolCalls.Count: 0 } said && said.Train != false && string.IsNullOrWhiteSpace(said.Content))
                throw new RecordException($"{field}[{i}]: the turn of the assistant is empty: nothing to train on");
        if (messages.All(message => message.Role != "assistant" || message.Train == false))
            throw new RecordException($"'{field}': every turn of the assistant says that it is not to be trained (weight 0 or train false)");
    }

    private static void RequireOrder(IReadOnlyList<ConversationMessage> messages, string field)
    {
        bool begun = false;
        for (int i = 0; i < messages.Count; i++)
        {
            string role = messages[i].Role;
            string? before = i > 0 ? messages[i - 1].Role : null;
            string? problem = role switch
            {
                "system" or "developer" when begun => $"a turn of the {role} stands behind other turns; expected it first",
                "user" or "assistant" when before == role => $"two turns of the {role} in a row",
                "tool" when before != "tool" && !(before == "assistant" && messages[i - 1].ToolCalls.Count > 0) => "a tool answers although the turn before calls none",
                _ => null,
            };
            if (problem is not null)
                throw new RecordException($"{field}[{i}]: {problem}; where any order is meant, say so (any_turn_order)");
            begun |= role is not ("system" or "developer");
        }
    }
}
