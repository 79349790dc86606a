using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Pairs of continuations, as text or as conversations.</summary>
internal sealed record PreferenceFormat() : RecordFormat(DataFormat.Preference, ["chosen", "rejected"], ["prompt"])
{
    public override Example Convert(RecordView record, RecordPlace place, DataSource source)
    {
        var roles = new Roles(source.Roles);
        IReadOnlyList<ConversationMessage> prompt = record.TryGet("prompt", out _) ? Messages(record, "prompt", "user", roles) : [];
        IReadOnlyList<ConversationMessage> chosen = Messages(record, "chosen", "assistant", roles), rejected = Messages(record, "rejected", "assistant", roles);
        if (Content(chosen) == Content(rejected))
            throw new RecordException($"{record.Shown("chosen")} and {record.Shown("rejected")} are the same: nothing is preferred");
        return new PreferenceExample(prompt, chosen, rejected) { Place = place, Record = record.Fields };
    }

    private static IReadOnlyList<ConversationMessage> Messages(RecordView record, string field, string speaker, Roles roles)
    {
        bool isList = record.TryGet(field, out JsonElement value)
            && (value.ValueKind == JsonValueKind.Array || (value.ValueKind == JsonValueKind.String && value.GetString()!.TrimStart().StartsWith("[{", StringComparison.Ordinal)));
        if (!isList)
            return [new ConversationMessage { Role = speaker, Content = record.Target(field) }];
        JsonElement list = record.List(field);
        if (list.GetArrayLength() == 0)
            throw new RecordException($"{record.Shown(field)} is an empty list");
        return [.. list.EnumerateArray().Select((message, i) => MessageParser.Parse(message, $"{record.NameOf(field)}[{i}]", roles))];
    }

    private static ulong Content(IReadOnlyList<ConversationMessage> messages)
    {
        var content = new ContentHasher();
        foreach (ConversationMessage message in messages)
            message.AddTo(content);
        return content.Finish();
    }
}
