using System.Text.Json;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates;

/// <summary>One message of a conversation, as chat templates see it: who speaks, what is said, which tools are called.</summary>
/// <remarks>
/// Immutable and safe for concurrent use. A message's thoughts go by three names (<c>reasoning_content</c>, <c>reasoning</c>, <c>thinking</c>);
/// whichever is given, templates find it under all three, as in Hugging Face's library.
/// </remarks>
public sealed class ChatMessage
{
    /// <summary>Role of whoever is trained.</summary>
    public const string AssistantRole = "assistant";

    private static readonly string[] s_reasoningNames = ["reasoning_content", "reasoning", "thinking"];

    /// <summary>Makes a message of one text.</summary>
    /// <param name="role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>, <c>tool</c>, or what else the template knows.</param>
    /// <param name="text">What is said; null where only tools are called.</param>
    public ChatMessage(string role, string? text)
    {
        ArgumentException.ThrowIfNullOrEmpty(role);
        Fields.Set("role", role);
        Fields.Set("content", text);
    }

    /// <summary>Makes a message of several parts.</summary>
    /// <param name="role">Who speaks.</param>
    /// <param name="parts">What is said and shown.</param>
    public ChatMessage(string role, IReadOnlyList<ChatPart> parts)
    {
        ArgumentException.ThrowIfNullOrEmpty(role);
        ArgumentNullException.ThrowIfNull(parts);
        Fields.Set("role", role);
        Fields.Set("content", new ListValue([.. parts.Select(Part)]));
    }

    private ChatMessage(DictValue fields, bool? train)
    {
        Fields = fields;
        Train = train;
    }

    /// <summary>Who speaks.</summary>
    public string Role => (string)Get("role")!;

    /// <summary>What is said: the content where it is one text, the text parts one after the other where it has parts, and null where there is none.</summary>
    public string? Text => Get("content") switch
    {
        string text => text,
        ListValue parts => string.Concat(parts.Items.Select(static part => part is DictValue dict && dict.TryGet("text", out object? text) ? text as string : part as string)),
        _ => null,
    };

    /// <summary>The tools that are called, in order; empty when none.</summary>
    /// <exception cref="JsonException">Arguments that are set here are no JSON.</exception>
    public IReadOnlyList<ChatToolCall> ToolCalls
    {
        get => Get("tool_calls") is ListValue calls ? [.. calls.Items.OfType<DictValue>().Select(ToolCall)] : [];
        init => Fields.Set("tool_calls", new ListValue([.. value.Select(Value)]));
    }

    /// <summary>Name of the speaker or of the tool that answers, or null.</summary>
    public string? Name
    {
        get => Get("name") as string;
        init => Fields.Set("name", value);
    }

    /// <summary>Which tool call a tool's answer belongs to, or null.</summary>
    public string? ToolCallId
    {
        get => Get("tool_call_id") as string;
        init => Fields.Set("tool_call_id", value);
    }

    /// <summary>The thoughts before what is said, or null.</summary>
    public string? Reasoning
    {
        get => Get(s_reasoningNames[0]) as string;
        init
        {
            Fields.Set(s_reasoningNames[0], value);
            CopyReasoning(Fields);
        }
    }

    /// <summary>Whether this assistant's turn is trained; null to leave it to <see cref="ChatRenderOptions.Turns"/>. Templates do not see it.</summary>
    public bool? Train { get; init; }

    internal DictValue Fields { get; } = new();

    /// <summary>Whether the assistant speaks.</summary>
    public bool IsAssistant => Role == AssistantRole;

    /// <summary>Reads a message as OpenAI's format writes it: <c>{"role": …, "content": …}</c>. All its fields, known or not, reach the template in their order, but for
    /// <c>train</c> (true or false) and <c>weight</c> (0 or 1), which say whether the message is trained.</summary>
    /// <param name="message">A JSON object; it may be disposed afterwards.</param>
    /// <exception cref="InvalidDataException">It is no object, has no role, or a flag that is neither yes nor no.</exception>
    public static ChatMessage FromJson(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"a message must be an object with role and content, not {message.ValueKind}");
        var fields = (DictValue)JsonValues.From(message)!;
        if (!fields.TryGet("role", out object? role) || role is not string { Length: > 0 })
            throw new InvalidDataException(role is null ? "a message has no 'role'" : "the 'role' of a message must be a text");
        bool? train = Flag(fields, "train") ?? Flag(fields, "weight");
        fields = fields.Without("train").Without("weight");
        CopyReasoning(fields);
        return new ChatMessage(fields, train);
    }

    /// <summary>The message with marks in the place of what it says and thinks, to see where a template writes them.</summary>
    internal DictValue Marked(string contentMark, string reasoningMark)
    {
        DictValue marked = Fields.Copy();
        marked.Set("content", Get("content") is ListValue ? new ListValue([Part(new ChatPart("text", contentMark))]) : contentMark);
        foreach (string name in s_reasoningNames)
            if (Get(name) is string)
                marked.Set(name, reasoningMark);
        return marked;
    }

    /// <summary>The message with a mark in the place of all that it says, thinks and calls; what is empty stays empty.</summary>
    internal DictValue MarkedThroughout(string mark)
    {
        DictValue marked = string.IsNullOrEmpty(Text) ? Fields.Copy() : Marked(mark, mark);
        if (ToolCalls.Count > 0)
            marked.Set("tool_calls", new ListValue([.. ToolCalls.Select(call => Value(new ChatToolCall(mark, "{}", call.Id)))]));
        return marked;
    }

    private object? Get(string field) => Fields.TryGet(field, out object? value) ? value : null;

    private static bool? Flag(DictValue fields, string name) => !fields.TryGet(name, out object? value) || value is null ? null : value switch
    {
        bool flag => flag,
        0L or 0.0 => false,
        1L or 1.0 => true,
        _ => throw new InvalidDataException($"the '{name}' of a message must be {(name == "train" ? "true or false" : "0 or 1")}"),
    };

    private static void CopyReasoning(DictValue fields)
    {
        if (Array.Find(s_reasoningNames, name => fields.Contains(name)) is not string given || !fields.TryGet(given, out object? reasoning))
            return;
        foreach (string name in s_reasoningNames)
            if (!fields.Contains(name))
                fields.Set(name, reasoning);
    }

    private static DictValue Part(ChatPart part)
    {
        DictValue value = new();
        value.Set("type", part.Type);
        if (part.Text is not null)
            value.Set("text", part.Text);
        return value;
    }

    private static DictValue Value(ChatToolCall call)
    {
        using JsonDocument arguments = JsonDocument.Parse(call.Arguments);
        DictValue function = new(), value = new();
        function.Set("name", call.Name);
        function.Set("arguments", JsonValues.From(arguments.RootElement));
        value.Set("type", "function");
        if (call.Id is not null)
            value.Set("id", call.Id);
        value.Set("function", function);
        return value;
    }

    private static ChatToolCall ToolCall(DictValue call)
    {
        DictValue function = call.TryGet("function", out object? inner) && inner is DictValue dict ? dict : call;
        function.TryGet("name", out object? name);
        function.TryGet("arguments", out object? arguments);
        call.TryGet("id", out object? id);
        string json = arguments as string ?? new JsonText(new RenderBudget(), asciiOnly: false, indent: null, ", ", ": ", sortKeys: false).Write(arguments);
        return new ChatToolCall(name as string ?? "", json, id as string);
    }
}
