using System.Text.Json;
using LeanTune.ChatTemplates;

namespace LeanTune.Tests.ChatTemplates;

/// <summary>Messages reach templates as they are written, whichever way they are made.</summary>
public sealed class ChatMessageTests
{
    private static readonly ChatTemplate s_all = ChatTemplate.FromText("{% for m in messages %}{{ m | tojson }}{% endfor %}");

    [Theory]
    [InlineData("""{"role": "user", "content": "hé\n😀", "name": null, "custom": [1, 2.5, true, {"x": null}], "big": 123456789012345678901234567890}""")]
    [InlineData("""{"content": [{"type": "text", "text": "a"}, {"type": "image", "url": "u"}], "role": "user"}""")]
    [InlineData("""{"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": {"a": 1.0}}}]}""")]
    public void Nothing_of_a_json_message_is_lost(string json) => Seen(FromJson(json)).ShouldBe(json);

    [Fact]
    public void Flags_for_training_are_read_and_not_shown_to_templates()
    {
        ChatMessage message = FromJson("""{"role": "assistant", "weight": 0, "content": "x", "train": null}""");
        message.Train.ShouldBe(false);
        Seen(message).ShouldBe("""{"role": "assistant", "content": "x"}""");
        FromJson("""{"role": "assistant", "content": "x", "weight": 1}""").Train.ShouldBe(true);
        FromJson("""{"role": "assistant", "content": "x", "train": false}""").Train.ShouldBe(false);
        FromJson("""{"role": "assistant", "content": "x"}""").Train.ShouldBeNull();
    }

    [Theory]
    [InlineData("reasoning_content")]
    [InlineData("reasoning")]
    [InlineData("thinking")]
    public void Thoughts_are_found_under_all_their_names(string name)
    {
        ChatMessage message = FromJson($$"""{"role": "assistant", "content": "x", "{{name}}": "t"}""");
        message.Reasoning.ShouldBe("t");
        ChatTemplate.FromText("{% for m in messages %}{{ m.reasoning_content }}{{ m.reasoning }}{{ m.thinking }}{% endfor %}").RenderText([message]).ShouldBe("ttt");
    }

    [Fact]
    public void Messages_made_in_code_equal_those_from_json()
    {
        Seen(new ChatMessage("user", "x") { Name = "n" }).ShouldBe("""{"role": "user", "content": "x", "name": "n"}""");
        Seen(new ChatMessage("user", [new ChatPart("text", "a"), new ChatPart("image")])).ShouldBe("""{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image"}]}""");
        Seen(new ChatMessage("assistant", (string?)null) { ToolCalls = [new ChatToolCall("f", """{"a": [1, "é"]}""", "7")] })
            .ShouldBe("""{"role": "assistant", "content": null, "tool_calls": [{"type": "function", "id": "7", "function": {"name": "f", "arguments": {"a": [1, "é"]}}}]}""");
        ChatMessage parts = FromJson("""{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]}""");
        (parts.Role, parts.Text, parts.IsAssistant).ShouldBe(("user", "ab", false));
        FromJson("""{"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": "{\"a\": 1}"}}]}""").ToolCalls.ShouldBe([new ChatToolCall("f", "{\"a\": 1}")]);
    }

    [Theory]
    [InlineData("[]", "must be an object")]
    [InlineData("""{"content": "x"}""", "no 'role'")]
    [InlineData("""{"role": 5, "content": "x"}""", "must be a text")]
    [InlineData("""{"role": "assistant", "content": "x", "train": "yes"}""", "true or false")]
    [InlineData("""{"role": "assistant", "content": "x", "weight": 0.5}""", "0 or 1")]
    [InlineData("""{"role": "user", "content": "\ud800"}""", "surrogate")]
    [InlineData("""{"role": "user", "\ud800": "x"}""", "surrogate")]
    public void A_broken_message_is_refused_with_the_reason(string json, string reason) =>
        Should.Throw<InvalidDataException>(() => FromJson(json)).Message.ShouldContain(reason);

    private static ChatMessage FromJson(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return ChatMessage.FromJson(document.RootElement);
    }

    private static string Seen(ChatMessage message) => s_all.RenderText([message]);
}
