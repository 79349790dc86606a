namespace LeanTune.Data;

/// <summary>Conversations as OpenAI writes them.</summary>
internal sealed record MessagesFormat() : RecordFormat(DataFormat.Messages, ["messages"], ["tools"])
{
    public override Example Convert(RecordView record, RecordPlace place, DataSource source)
    {
        string field = record.NameOf("messages");
        var roles = new Roles(source.Roles);
        ConversationMessage[] messages = [.. record.List("messages").EnumerateArray().Select((message, i) => MessageParser.Parse(message, $"{field}[{i}]", roles))];
        ConversationRules.Require(messages, field, source.AnyTurnOrder);
        return new ConversationExample(messages, record.OptionalList("tools")) { Place = place, Record = record.Fields };
    }
}
