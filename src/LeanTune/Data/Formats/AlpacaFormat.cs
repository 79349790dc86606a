using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Instructions as Alpaca writes them, read as conversations: the history's turns, then instruction and input by the user, then the output.</summary>
internal sealed record AlpacaFormat() : RecordFormat(DataFormat.Alpaca, ["instruction", "output"], ["input", "system", "history"])
{
    public override Example Convert(RecordView record, RecordPlace place, DataSource source)
    {
        var messages = new List<ConversationMessage>();
        if (record.OptionalText("system") is { } system)
            messages.Add(new ConversationMessage { Role = "system", Content = system });
        if (record.OptionalList("history") is { } history)
            AddHistory(messages, history, record.NameOf("history"));
        string instruction = record.Text("instruction");
        string? input = record.OptionalText("input");
        string question = input is null ? instruction : instruction.Length == 0 ? input : instruction + "\n\n" + input;
        if (question.Length == 0)
            throw new RecordException($"fields {record.Shown("instruction")} and {record.Shown("input")} are both empty");
        messages.Add(new ConversationMessage { Role = "user", Content = question });
        messages.Add(new ConversationMessage { Role = "assistant", Content = record.Target("output") });
        return new ConversationExample(messages, null) { Place = place, Record = record.Fields };
    }

    private static void AddHistory(List<ConversationMessage> messages, JsonElement history, string field)
    {
        int i = 0;
        foreach (JsonElement turn in history.EnumerateArray())
        {
            if (turn.ValueKind != JsonValueKind.Array || turn.GetArrayLength() != 2 || turn.EnumerateArray().Any(said => said.ValueKind != JsonValueKind.String))
                throw new RecordException($"{field}[{i}] must be a list of two strings, question and answer");
            messages.Add(new ConversationMessage { Role = "user", Content = turn[0].GetString() });
            messages.Add(new ConversationMessage { Role = "assistant", Content = turn[1].GetString() });
            i++;
        }
    }
}
