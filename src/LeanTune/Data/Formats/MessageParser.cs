using System.Text;
using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Reads one message as OpenAI writes it.</summary>
internal static class MessageParser
{
    /// <param name="message">The message.</param>
    /// <param name="where">Its place in the record, such as messages[2].</param>
    /// <param name="roles">Names of roles.</param>
    /// <exception cref="RecordException">It cannot be used.</exception>
    public static ConversationMessage Parse(JsonElement message, string where, Roles roles)
    {
        RequireObject(message, where);
        string name = Text(message, "role", where) ?? throw new RecordException($"{where} has no role");
        string role = roles.Of(name, where);
        (string? content, IReadOnlyList<string>? parts) = Content(message, where);
        IReadOnlyList<ToolCall> calls = Calls(message, where);
        if (calls.Count > 0 && role != "assistant")
            throw new RecordException($"{where}: a turn of the {role} calls tools; only the assistant can");
        if (content is null && calls.Count == 0)
            throw new RecordException($"{where}: the turn of the {role} has no content{(role == "assistant" ? " and calls no tool" : "")}");
        return new ConversationMessage
        {
            Role = role,
            Content = content,
            Parts = parts,
            ToolCalls = calls,
            ToolCallId = Text(message, "tool_call_id", where),
            Name = Text(message, "name", where),
            Train = Train(message, where),
            Original = role == name ? message : WithRole(message, role),
        };
    }

    /// <summary>The arguments of a call, which files hold as an object or as its text.</summary>
    /// <exception cref="RecordException">They are neither.</exception>
    public static JsonElement Arguments(JsonElement value, string where)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            try
            {
                value = JsonRecords.Parse(Encoding.UTF8.GetBytes(value.GetString()!), "of the text");
            }
            catch (RecordException bad)
            {
                throw new RecordException($"{where}: the arguments are no JSON: {bad.Message}");
            }
        }

        return value.ValueKind == JsonValueKind.Object ? value : throw new RecordException($"{where}: the arguments must be an object, but are {JsonRecords.Describe(value.ValueKind)}");
    }

    /// <exception cref="RecordException">It is no object.</exception>
    public static void RequireObject(JsonElement value, string where)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw new RecordException($"{where} must be an object, but is {JsonRecords.Describe(value.ValueKind)}");
    }

    /// <summary>A field as text; null when it is absent or null.</summary>
    /// <exception cref="RecordException">It is something else.</exception>
    public static string? Text(JsonElement message, string field, string where) =>
        !message.TryGetProperty(field, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw new RecordException($"{where}: '{field}' must be a string, but is {JsonRecords.Describe(value.ValueKind)}");

    /// <summary>Whether a message says of itself that it is to be trained.</summary>
    /// <exception cref="RecordException">It says so in another way than train: true or false, weight: 0 or 1.</exception>
    public static bool? Train(JsonElement message, string where)
    {
        bool? train = null;
        if (message.TryGetProperty("train", out JsonElement flag) && flag.ValueKind != JsonValueKind.Null)
            train = flag.ValueKind is JsonValueKind.True or JsonValueKind.False ? flag.GetBoolean() : throw new RecordException($"{where}: 'train' must be true or false, but is {JsonRecords.Describe(flag.ValueKind)}");
        if (!message.TryGetProperty("weight", out JsonElement weight) || weight.ValueKind == JsonValueKind.Null)
            return train;
        if (weight.ValueKind != JsonValueKind.Number || weight.GetDouble() is not (0 or 1))
            throw new RecordException($"{where}: 'weight' must be 0 or 1, but is {(weight.ValueKind == JsonValueKind.Number ? weight.GetRawText() : JsonRecords.Describe(weight.ValueKind))}");
        bool weighted = weight.GetDouble() == 1;
        return train is null || train == weighted ? weighted : throw new RecordException($"{where}: 'train' and 'weight' contradict each other");
    }

    private static (string? Content, IReadOnlyList<string>? Parts) Content(JsonElement message, string where)
    {
        if (!message.TryGetProperty("content", out JsonElement content) || content.ValueKind != JsonValueKind.Array)
            return (Text(message, "content", where), null);
        var parts = new List<string>();
        foreach (JsonElement part in content.EnumerateArray())
        {
            string here = $"{where}.content[{parts.Count}]";
            if (part.ValueKind == JsonValueKind.String)
            {
                parts.Add(part.GetString()!);
                continue;
            }

            RequireObject(part, here);
            string type = Text(part, "type", here) ?? "text";
            if (type != "text")
                throw new RecordException($"{here} is of type {JsonRecords.Quote(type)}: only parts of type 'text' can be trained on");
            parts.Add(Text(part, "text", here) ?? throw new RecordException($"{here} has no text"));
        }

        return parts.Count == 0 ? (null, null) : (string.Concat(parts), parts);
    }

    private static IReadOnlyList<ToolCall> Calls(JsonElement message, string where)
    {
        if (!message.TryGetProperty("tool_calls", out JsonElement calls) || calls.ValueKind == JsonValueKind.Null)
            return [];
        if (calls.ValueKind != JsonValueKind.Array)
            throw new RecordException($"{where}: 'tool_calls' must be a list, but is {JsonRecords.Describe(calls.ValueKind)}");
        return [.. calls.EnumerateArray().Select((call, i) => Call(call, $"{where}.tool_calls[{i}]"))];
    }

    private static ToolCall Call(JsonElement call, string where)
    {
        RequireObject(call, where);
        // Some files leave out the wrapping "function".
        JsonElement function = call.TryGetProperty("function", out JsonElement inner) ? inner : call;
        RequireObject(function, where + ".function");
        string name = Text(function, "name", where) is { Length: > 0 } given ? given : throw new RecordException($"{where} names no function");
        JsonElement arguments = function.TryGetProperty("arguments", out JsonElement value)
            ? Arguments(value, $"{where} ({JsonRecords.Quote(name)})")
            : throw new RecordException($"{where} ({JsonRecords.Quote(name)}) has no arguments");
        return new ToolCall(Text(call, "id", where), name, arguments);
    }

    /// <summary>The message with its role called as templates call it.</summary>
    private static JsonElement WithRole(JsonElement message, string role)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            foreach (JsonProperty property in message.EnumerateObject())
                if (property.NameEquals("role"u8))
                    json.WriteString("role"u8, role);
                else
                    property.WriteTo(json);
            json.WriteEndObject();
        }

        return JsonElement.Parse(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }
}
