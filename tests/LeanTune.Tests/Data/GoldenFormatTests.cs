using System.Text.Json;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

/// <summary>The format of every golden file is found, and its examples say what the records say.</summary>
public sealed class GoldenFormatTests
{
    public static TheoryData<string> Names
    {
        get
        {
            TheoryData<string> names = GoldenFiles.Names();
            // Holds records without text or label on purpose: it is for the reader of columns.
            return [.. names.Select(row => row.Data).Where(name => name != "mixed_types.parquet")];
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Examples_say_what_the_records_say(string name)
    {
        Example[] examples = [.. ExampleReader.Read(GoldenFiles.Source(name))];
        JsonElement[] records = GoldenFiles.Records(name);
        examples.Length.ShouldBe(records.Length);
        foreach ((Example example, JsonElement record) in examples.Zip(records))
            Say(example).ShouldBe(Expected(GoldenFiles.Kind(name), record));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_content_has_one_hash_in_every_file_kind(string name)
    {
        string kind = GoldenFiles.Kind(name);
        if (name.Split('.') is not [_, "json" or "csv" or "tsv" or "snappy", ..])
            return;
        ulong[] expected = [.. ExampleReader.Read(GoldenFiles.Source(kind + ".jsonl")).Select(example => example.ContentHash())];
        ExampleReader.Read(GoldenFiles.Source(name)).Select(example => example.ContentHash()).ShouldBe(expected);
        expected.Distinct().Count().ShouldBe(expected.Length);
    }

    [Fact]
    public void Tools_calls_parts_and_weights_are_kept()
    {
        ConversationExample[] read = [.. ExampleReader.Read(GoldenFiles.Source("messages.jsonl")).Cast<ConversationExample>()];
        ConversationMessage call = read[2].Messages[1];
        call.Content.ShouldBeNull();
        call.ToolCalls.Single().ShouldSatisfyAllConditions(
            c => c.Id.ShouldBe("call_1"), c => c.Name.ShouldBe("get_time"), c => c.Arguments.GetProperty("zone").GetString().ShouldBe("UTC"));
        read[2].Messages[2].ShouldSatisfyAllConditions(m => m.Role.ShouldBe("tool"), m => m.ToolCallId.ShouldBe("call_1"), m => m.Content.ShouldBe("12:00"));
        read[2].Tools!.Value[0].GetProperty("function").GetProperty("name").GetString().ShouldBe("get_time");
        read[3].Messages[0].Parts.ShouldBe(["part one", "part two"]);
        read[3].Messages.Select(m => m.Train).ShouldBe([null, false, null, null]);
        read[2].Messages[1].Original!.Value.GetProperty("tool_calls").GetArrayLength().ShouldBe(1);
    }

    private static string Say(Example example) => example switch
    {
        PromptCompletionExample pair => $"{pair.Prompt} → {pair.Completion}",
        PlainTextExample text => text.Text,
        ClassificationExample text => $"{text.Text} | {text.SecondText} = {text.Label}",
        ConversationExample chat => Say(chat.Messages),
        PreferenceExample choice => $"{Say(choice.Prompt)} → {Say(choice.Chosen)} > {Say(choice.Rejected)}",
        _ => throw new ArgumentException(example.ToString(), nameof(example)),
    };

    private static string Say(IEnumerable<ConversationMessage> messages) => string.Join("\n", messages.Select(m => $"{m.Role}: {m.Content}"));

    private static string Expected(string kind, JsonElement record)
    {
        switch (kind)
        {
            case "prompt_completion":
                return $"{Text("prompt")} → {Text("completion")}";
            case "text":
                return Text("text");
            case "classification":
                return $"{Text("text")} |  = {record.GetProperty("label")}";
            case "classification_pair":
                return $"{Text("sentence1")} | {Text("sentence2")} = {record.GetProperty("label")}";
            case "messages":
                return Turns(List("messages"), "role", "content");
            case "sharegpt":
                return Turns(List("conversations"), "from", "value");
            case "preference":
                return $"user: {Text("prompt")} → assistant: {Text("chosen")} > assistant: {Text("rejected")}";
            case "preference_chat":
                return $" → {Turns(List("chosen"), "role", "content")} > {Turns(List("rejected"), "role", "content")}";
            default:
                kind.ShouldBe("alpaca");
                var turns = new List<string>();
                if (record.TryGetProperty("system", out JsonElement system))
                    turns.Add("system: " + system.GetString());
                if (record.TryGetProperty("history", out JsonElement history))
                    foreach (JsonElement pair in history.EnumerateArray())
                        turns.AddRange(["user: " + pair[0].GetString(), "assistant: " + pair[1].GetString()]);
                turns.AddRange(["user: " + Text("instruction") + (Text("input").Length > 0 ? "\n\n" + Text("input") : ""), "assistant: " + Text("output")]);
                return string.Join("\n", turns);
        }

        string Text(string field) => record.GetProperty(field).GetString()!;

        JsonElement List(string field)
        {
            JsonElement value = record.GetProperty(field);
            return value.ValueKind == JsonValueKind.String ? JsonElement.Parse(value.GetString()!) : value;
        }
    }

    private static string Turns(JsonElement list, string speaker, string said) => string.Join("\n", list.EnumerateArray().Select(turn =>
    {
        string role = turn.GetProperty(speaker).GetString() switch { "human" => "user", "gpt" => "assistant", { } other => other, null => "" };
        JsonElement content = turn.GetProperty(said);
        return $"{role}: " + (content.ValueKind == JsonValueKind.Array ? string.Concat(content.EnumerateArray().Select(part => part.GetProperty("text").GetString())) : content.GetString());
    }));
}
