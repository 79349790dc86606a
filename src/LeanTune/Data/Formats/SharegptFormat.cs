using System.Text;
using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Conversations as ShareGPT writes them, with a system prompt and tools beside them where there are any.</summary>
internal sealed record SharegptFormat() : RecordFormat(DataFormat.Sharegpt, ["conversations"], ["system", "tools"])
{
    public override Example Convert(RecordView record, RecordPlace place, DataSource source)
    {
        string field = record.NameOf("conversations");
        var roles = new Roles(source.Roles, sharegpt: true);
        var messages = new List<ConversationMessage>();
        foreach (JsonElement turn in record.List("conversations").EnumerateArray())
            messages.Add(Parse(turn, $"{field}[{messages.Count}]", roles));
        if (record.OptionalText("system") is { } system)
            messages.Insert(0, new ConversationMessage { Role = "system", Content = system });
        ConversationRules.Require(messages, field, source.AnyTurnOrder);
        return new ConversationExample(messages, record.OptionalList("tools")) { Place = place, Record = record.Fields };
    }

    private static ConversationMessage Parse(JsonElement turn, string where, Roles roles)
    {
        MessageParser.RequireObject(turn, where);
        // Files that call themselves ShareGPT often use OpenAI's names inside.
        if (turn.TryGetProperty("role", out _) && !turn.TryGetProperty("from", out _))
            return MessageParser.Parse(turn, where, roles);
        string speaker = MessageParser.Text(turn, "from", where) ?? throw new RecordException($"{where} has no 'from'");
        string role = roles.Of(speaker, where);
        string value = MessageParser.Text(turn, "value", where) ?? throw new RecordException($"{where}: the turn of the {role} has no 'value'");
        bool calls = speaker == "function_call";
        return new ConversationMessage
        {
            Role = role,
            Content = calls ? null : value,
            ToolCalls = calls ? Calls(value, where) : [],
            Train = MessageParser.Train(turn, where),
        };
    }

    /// <summary>A call is the text of an object with name and arguments, several calls that of a list of them.</summary>
    private static IReadOnlyList<ToolCall> Calls(string value, string where)
    {
        JsonElement json;
        try
        {
            json = JsonRecords.Parse(Encoding.UTF8.GetBytes(value), "of the text");
        }
        catch (RecordException bad)
        {
            throw new RecordException($"{where}: the function call is no JSON: {bad.Message}");
        }

        return json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray().Select(call => Call(call, where))] : [Call(json, where)];
    }

    private static ToolCall Call(JsonElement call, string where)
    {
        MessageParser.RequireObject(call, where);
        string name = MessageParser.Text(call, "name", where) ?? throw new RecordException($"{where}: the function call has no name");
        return call.TryGetProperty("arguments", out JsonElement arguments)
            ? new ToolCall(null, name, MessageParser.Arguments(arguments, where))
            : throw new RecordException($"{where}: the function call has no arguments");
    }
}
