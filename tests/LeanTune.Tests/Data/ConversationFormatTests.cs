using LeanTune.Data;

namespace LeanTune.Tests.Data;

/// <summary>Conversations in the spellings that files use.</summary>
public sealed class ConversationFormatTests
{
    private const string Question = "{\"role\": \"user\", \"content\": \"q\"}";

    [Fact]
    public void Roles_of_other_names_are_aliases_also_for_templates()
    {
        ConversationExample read = Read("""{"messages": [{"role": "visitor", "content": "x", "extra": 1}, {"role": "bot", "content": "y"}]}""",
            s => s with { Roles = new Dictionary<string, string> { ["visitor"] = "user", ["bot"] = "assistant" } });
        read.Messages.Select(m => m.Role).ShouldBe(["user", "assistant"]);
        read.Messages[0].Original!.Value.GetProperty("role").GetString().ShouldBe("user");
        read.Messages[0].Original!.Value.GetProperty("extra").GetInt32().ShouldBe(1);
        read.Record.GetProperty("messages")[0].GetProperty("role").GetString().ShouldBe("visitor");
        Fails("{\"text\": \"a\"}", s => s with { Roles = new Dictionary<string, string> { ["bot"] = "assistent" } }).ShouldContain("roles: 'bot' stands for 'assistent'; expected one of system, ");
    }

    [Fact]
    public void Sharegpt_with_system_tools_and_calls()
    {
        ConversationExample read = Read(
            """
            {"system": "s", "tools": "[{\"name\": \"f\"}]", "conversations": [{"from": "human", "value": "q"}, {"from": "function_call", "value": "{\"name\": \"f\", \"arguments\": {\"x\": 1}}"},
             {"from": "observation", "value": "7"}, {"from": "gpt", "value": "a", "weight": 1}]}
            """.ReplaceLineEndings(" "));
        read.Messages.Select(m => m.Role).ShouldBe(["system", "user", "assistant", "tool", "assistant"]);
        read.Messages[2].ShouldSatisfyAllConditions(
            m => m.Content.ShouldBeNull(), m => m.ToolCalls.Single().Name.ShouldBe("f"), m => m.ToolCalls.Single().Arguments.GetProperty("x").GetInt32().ShouldBe(1));
        read.Messages[4].Train.ShouldBe(true);
        read.Tools!.Value[0].GetProperty("name").GetString().ShouldBe("f");
    }

    [Theory]
    [InlineData("""{"role": "assistant", "content": [{"type": "image_url"}]}""", "messages[1].content[0] is of type 'image_url': only parts of type 'text' can be trained on")]
    [InlineData("""{"role": "assistant", "content": 7}""", "messages[1]: 'content' must be a string, but is a number")]
    [InlineData("""{"role": "assistant"}""", "messages[1]: the turn of the assistant has no content and calls no tool")]
    [InlineData("""{"content": "x"}""", "messages[1] has no role")]
    [InlineData("3", "messages[1] must be an object, but is a number")]
    [InlineData("""{"role": "assistant", "content": "a", "weight": 0.5}""", "messages[1]: 'weight' must be 0 or 1, but is 0.5")]
    [InlineData("""{"role": "assistant", "content": "a", "weight": 0}""", "'messages': every turn of the assistant says that it is not to be trained (weight 0 or train false)")]
    [InlineData("""{"role": "assistant", "content": "a", "train": true, "weight": 0}""", "messages[1]: 'train' and 'weight' contradict each other")]
    [InlineData("""{"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]}""", "messages[1].tool_calls[0] ('f') has no arguments")]
    [InlineData("""{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "[]"}}]}""", "messages[1].tool_calls[0] ('f'): the arguments must be an object, but are an array")]
    [InlineData("""{"role": "tool", "content": "x"}, {"role": "assistant", "content": "a"}""", "messages[1]: a tool answers although the turn before calls none; where any order is meant")]
    [InlineData("""{"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}""", "messages[2]: two turns of the assistant in a row")]
    public void A_turn_that_cannot_be_used_says_why(string turn, string expected) => Fails($"{{\"messages\": [{Question}, {turn}]}}").ShouldContain(":1: " + expected);

    [Fact]
    public void Any_order_is_allowed_when_asked_for() =>
        Read($"{{\"messages\": [{Question}, {Question}, {{\"role\": \"assistant\", \"content\": \"a\"}}, {{\"role\": \"system\", \"content\": \"s\"}}]}}", s => s with { AnyTurnOrder = true })
            .Messages.Count.ShouldBe(4);

    [Fact]
    public void A_turn_that_calls_or_is_not_trained_may_be_empty() =>
        Read($$"""{"messages": [{{Question}}, {"role": "assistant", "content": "", "train": false}, {{Question}}, {"role": "assistant", "content": "", "tool_calls": [{"name": "f", "arguments": { } }]}]}""")
            .Messages[3].ToolCalls.Count.ShouldBe(1);

    [Theory]
    [InlineData("""{"text": "a", "label": 1}""", typeof(ClassificationExample))]
    [InlineData("""{"prompt": "a", "chosen": "b", "rejected": "c"}""", typeof(PreferenceExample))]
    [InlineData("""{"instruction": "a", "output": "b", "input": null}""", typeof(ConversationExample))]
    [InlineData("""{"prompt": "a", "completion": "b", "id": 1}""", typeof(PromptCompletionExample))]
    public void A_richer_format_wins_over_a_part_of_it(string record, Type expected)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.jsonl");
        File.WriteAllText(path, record);
        ExampleReader.Read(new DataSource { Path = path }).Single().ShouldBeOfType(expected);
    }

    [Fact]
    public void Training_refuses_what_it_does_not_take_by_name()
    {
        string path = Repository.Fixture("data/preference.jsonl");
        Should.Throw<DataException>(() => ExampleSet.Load(path, DataFormat.Auto, new WordEncoder(), 64, appendEndToken: false))
            .Message.ShouldBe($"{path}: holds preferences; training takes prompts with completions, classified texts, questions with choices, conversations with a chat template, or plain texts");
    }

    private static ConversationExample Read(string record, Func<DataSource, DataSource>? change = null)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.jsonl");
        File.WriteAllText(path, record);
        DataSource source = new() { Path = path };
        return (ConversationExample)ExampleReader.Read(change?.Invoke(source) ?? source).Single();
    }

    private static string Fails(string record, Func<DataSource, DataSource>? change = null) => Should.Throw<DataException>(() => Read(record, change)).Message;
}
