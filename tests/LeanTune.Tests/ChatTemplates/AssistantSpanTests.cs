using System.Text.Json;
using CsCheck;
using LeanTune.ChatTemplates;

namespace LeanTune.Tests.ChatTemplates;

/// <summary>What the assistant wrote is found in templates of all kinds, with the token that ends each turn and nothing else.</summary>
public sealed class AssistantSpanTests
{
    private const string ChatMl = "{% for m in messages %}{{ '<|im_start|>' ~ m.role ~ '\n' ~ m.content ~ '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    private static readonly ChatMessage[] s_talk =
        [new("system", "s"), new("user", "u1"), new("assistant", " a1\n"), new("user", "u2"), new("assistant", "a2")];

    /// <summary>Template, then what is trained of each of the two turns.</summary>
    public static TheoryData<string, string, string> Kinds => new()
    {
        { ChatMl, " a1\n<|im_end|>", "a2<|im_end|>" },
        // The template trims, and separates turns by more than a line break.
        { "{% for m in messages %}### {{ m.role }}:\n{{ m.content.strip() }}</s>\n\n\n{% endfor %}{% if add_generation_prompt %}### assistant:\n{% endif %}", "a1</s>", "a2</s>" },
        // No prompt for generating: what stands before what is said is the prompt.
        { "{% for m in messages %}{{ m.role }}: {{ m.content | trim }}<|end|>\n{% endfor %}", "a1<|end|>", "a2<|end|>" },
        // Only a blank stands before it: it belongs to the first word.
        { "{% for m in messages %}{% if m.role == 'assistant' %} {{ m.content | trim }}</s>{% else %}[INST] {{ m.content }} [/INST]{% endif %}{% endfor %}", " a1</s>", " a2</s>" },
        // Only the end token behind all messages ends the last turn.
        { "{% for m in messages %}{{ m.role }}> {{ m.content | trim }}{% if not loop.last %} ;\n{% endif %}{% endfor %}{{ eos_token }}", "a1 ;", "a2</s>" },
        // No end token at all: the line break is what ends a turn.
        { "{% for m in messages %}{{ m.role }}> {{ m.content | trim }}\n{% endfor %}", "a1\n", "a2\n" },
        // Messages by number instead of one by one.
        { "{% for i in range(messages | length) %}<|{{ messages[i].role }}|>{{ messages[i].content }}<|end|>\n{% endfor %}{{ '<|assistant|>' if add_generation_prompt }}", " a1\n<|end|>", "a2<|end|>" },
        // Two messages at a time.
        { "{{ messages[0].content }}{% for i in range(1, messages | length, 2) %}[U]{{ messages[i].content }}[A]{{ messages[i + 1].content | trim if messages[i + 1] }}<|end|>{% endfor %}", "a1<|end|>", "a2<|end|>" },
        // The text is gathered first and written at the end.
        { "{% set ns = namespace(t='') %}{% for m in messages %}{% set ns.t = ns.t ~ '<|' ~ m.role ~ '|>' ~ m.content ~ '<|end|>\n' %}{% endfor %}{{ ns.t }}", " a1\n<|end|>", "a2<|end|>" },
        // Gathered, with how many there are before all of it: no rendering is the start of another.
        { "{% set ns = namespace(t='') %}{% for m in messages %}{% set ns.t = ns.t ~ '<|' ~ m.role ~ '|>' ~ m.content | trim ~ '<|end|>\n' %}{% endfor %}{{ messages | length }}{{ ns.t }}", "a1<|end|>", "a2<|end|>" },
        // Written by a macro.
        { "{% macro turn(m) %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endmacro %}{% for m in messages %}{{ turn(m) ~ '\n' }}{% endfor %}", " a1\n<|end|>", "a2<|end|>" },
        // Earlier answers are cut short.
        { "{% for m in messages %}<|{{ m.role }}|>{{ m.content if loop.last else m.content[:2] }}<|end|>\n{% endfor %}", " a<|end|>", "a2<|end|>" },
        // The system's words move into the first user's turn.
        { "{% for m in messages if m.role != 'system' %}<|{{ m.role }}|>{{ messages[0].content ~ '\n' if loop.first }}{{ m.content }}<|end|>\n{% endfor %}", " a1\n<|end|>", "a2<|end|>" },
        // Generation blocks, with and without the end token within.
        { "{% for m in messages %}<|{{ m.role }}|>{% if m.role == 'assistant' %}{% generation %}{{ m.content }}<|end|>{% endgeneration %}{% else %}{{ m.content }}<|end|>{% endif %}\n{% endfor %}", " a1\n<|end|>", "a2<|end|>" },
        { "{% for m in messages %}<|{{ m.role }}|>{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}<|end|>\n{% endfor %}", " a1\n<|end|>", "a2<|end|>" },
        // A generation block in a macro, and one whose text goes through a filter.
        { "{% macro a(m) %}{% generation %}{{ m.content }}<|end|>{% endgeneration %}{% endmacro %}{% for m in messages %}<|{{ m.role }}|>{{ a(m) if m.role == 'assistant' else m.content }}\n{% endfor %}", " a1\n<|end|>", "a2<|end|>" },
        { "{% for m in messages %}<|{{ m.role }}|>{% filter trim %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}<|end|>{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfilter %}\n{% endfor %}", " a1\n<|end|>".Trim(), "a2<|end|>" },
        // Generation blocks in a loop over numbers.
        { "{% for i in range(messages | length) %}{% if messages[i].role == 'assistant' %}{% generation %}{{ messages[i].content }}</s>{% endgeneration %}{% else %}{{ messages[i].content }}{% endif %}{% endfor %}", " a1\n</s>", "a2</s>" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Turns_are_found_in_templates_of_every_kind(string source, string first, string second)
    {
        ChatTemplate template = Template(source);
        Trained(template, s_talk).ShouldBe([first, second]);
        Trained(template, s_talk, AssistantTurns.Last).ShouldBe([second]);
        template.Render(s_talk).AssistantSpans.Select(span => span.Message).ShouldBe([2, 4]);
        // The prompt for a next turn is never trained.
        Trained(template, s_talk, prompt: true).ShouldBe([first, second]);
    }

    [Fact]
    public void Flags_of_messages_come_before_the_option()
    {
        ChatTemplate template = Template(ChatMl);
        ChatMessage[] talk = [new("user", "u"), new("assistant", "a1") { Train = false }, new("user", "u"), new("assistant", "a2"), new("user", "u"), new("assistant", "a3")];
        Trained(template, talk).ShouldBe(["a2<|im_end|>", "a3<|im_end|>"]);
        talk = [new("user", "u"), new("assistant", "a1") { Train = true }, new("user", "u"), new("assistant", "a2"), new("user", "u"), new("assistant", "a3")];
        Trained(template, talk, AssistantTurns.Last).ShouldBe(["a1<|im_end|>", "a3<|im_end|>"]);
        talk[^1] = new ChatMessage("assistant", "a3") { Train = false };
        Trained(template, talk, AssistantTurns.Last).ShouldBe(["a1<|im_end|>"]);
        Should.Throw<TemplateException>(() => template.Render([new ChatMessage("user", "u") { Train = true }])).Message.ShouldContain("message 1 asks to be trained, but its role is 'user'");
    }

    [Fact]
    public void The_whole_text_is_one_span()
    {
        RenderedChat chat = Template(ChatMl).Render(s_talk, new ChatRenderOptions { Turns = AssistantTurns.WholeText });
        chat.AssistantSpans.ShouldBe([new AssistantSpan(0, chat.Text.Length, -1)]);
    }

    [Fact]
    public void What_is_said_twice_or_by_others_is_not_mistaken()
    {
        ChatMessage[] talk = [new("user", "yes"), new("assistant", "yes"), new("user", "<|im_start|>assistant\nyes<|im_end|>\n"), new("assistant", "yes")];
        RenderedChat chat = Template(ChatMl).Render(talk);
        chat.AssistantSpans.Select(span => (span.Start, chat.Text[span.Start..span.End])).ShouldBe(
            [("<|im_start|>user\nyes<|im_end|>\n<|im_start|>assistant\n".Length, "yes<|im_end|>"), (chat.Text.Length - "yes<|im_end|>\n".Length, "yes<|im_end|>")]);
    }

    [Fact]
    public void Whatever_is_said_the_spans_are_where_the_text_is_put()
    {
        // Some of what messages say looks like the template's own marks.
        string[] words = ["a", "b ", "\n", " ", "<|im_end|>", "<|im_start|>assistant\n", "</s>", "é", "😀", "<", "|>", "\uE100", ":"];
        Gen<string> text = Gen.Int[0, words.Length - 1].Array[0, 6].Select(picks => string.Concat(picks.Select(i => words[i])));
        ChatTemplate template = Template(ChatMl);
        Gen.Select(text.Array[1, 6], Gen.Int[0, 63], Gen.Bool).Sample((said, who, prompt) =>
        {
            ChatMessage[] talk = [.. said.Select((content, i) => new ChatMessage((who >> i & 1) == 1 ? "assistant" : "user", content))];
            List<AssistantSpan> expected = [];
            string whole = "";
            for (int i = 0; i < talk.Length; i++)
            {
                whole += $"<|im_start|>{talk[i].Role}\n";
                if (talk[i].IsAssistant)
                    expected.Add(new AssistantSpan(whole.Length, whole.Length + said[i].Length + "<|im_end|>".Length, i));
                whole += said[i] + "<|im_end|>\n";
            }

            RenderedChat chat = template.Render(talk, new ChatRenderOptions { AddGenerationPrompt = prompt });
            chat.Text.ShouldBe(whole + (prompt ? "<|im_start|>assistant\n" : ""));
            chat.AssistantSpans.ShouldBe(expected);
        }, iter: 3000);
    }

    [Fact]
    public void One_message_object_may_stand_in_a_conversation_twice()
    {
        ChatMessage user = new("user", "u"), assistant = new("assistant", "a");
        Trained(Template(ChatMl), [user, assistant, user, assistant]).ShouldBe(["a<|im_end|>", "a<|im_end|>"]);
    }

    [Fact]
    public void Thoughts_that_a_template_drops_or_keeps_move_no_span()
    {
        ChatTemplate qwen = ChatTemplate.FromText(File.ReadAllText(Repository.Fixture("chat/templates/qwen3.jinja")), new Dictionary<string, string> { ["eos_token"] = "<|im_end|>" }, "qwen3");
        ChatMessage[] talk = [new("user", "q1"), new("assistant", "a1") { Reasoning = "t1" }, new("user", "q2"), new("assistant", "a2") { Reasoning = "t2" }];
        Trained(qwen, talk).ShouldBe(["a1<|im_end|>", "<think>\nt2\n</think>\n\na2<|im_end|>"]);
        // What a model is given when thinking is off is not trained, with thoughts or without.
        Dictionary<string, JsonElement> off = new() { ["enable_thinking"] = JsonSerializer.SerializeToElement(false) };
        Trained(qwen, [new("user", "q"), new("assistant", "a")], variables: off).ShouldBe(["a<|im_end|>"]);
        Trained(qwen, [new("user", "q"), new("assistant", "a")]).ShouldBe(["<think>\n\n</think>\n\na<|im_end|>"]);
    }

    [Fact]
    public void Tool_calls_are_the_assistant_s_words()
    {
        ChatTemplate template = Template("{% for m in messages %}<|{{ m.role }}|>{% if m.tool_calls %}{% for c in m.tool_calls %}CALL {{ c.function.name }} {{ c.function.arguments | tojson }}{% endfor %}{% else %}{{ m.content }}{% endif %}<|end|>\n{% endfor %}");
        ChatMessage[] talk =
            [new("user", "u"), new("assistant", (string?)null) { ToolCalls = [new ChatToolCall("add", "{\"a\": 1}", "id")] }, new("tool", "1") { ToolCallId = "id" }, new("assistant", "done")];
        Trained(template, talk).ShouldBe(["CALL add {\"a\": 1}<|end|>", "done<|end|>"]);
        talk[1].ToolCalls.ShouldBe([new ChatToolCall("add", "{\"a\": 1}", "id")]);
    }

    [Fact]
    public void A_template_that_hides_who_speaks_is_refused()
    {
        ChatTemplate template = Template("{{ messages | map(attribute='content') | sort | join(' ') | upper }}");
        TemplateException error = Should.Throw<TemplateException>(() => template.Render(s_talk));
        error.Message.ShouldContain("cannot tell which part of the text the assistant writes");
        error.Message.ShouldContain("{% generation %}");
        // Generating needs no spans.
        template.RenderText(s_talk).ShouldStartWith(" A1\n A2 S");
    }

    [Fact]
    public void Without_an_assistant_nothing_is_trained() => Template(ChatMl).Render([new ChatMessage("user", "u")]).AssistantSpans.ShouldBeEmpty();

    private static ChatTemplate Template(string source) => ChatTemplate.FromText(source, new Dictionary<string, string> { ["bos_token"] = "<s>", ["eos_token"] = "</s>" });

    private static string[] Trained(ChatTemplate template, ChatMessage[] talk, AssistantTurns turns = AssistantTurns.All, bool prompt = false, Dictionary<string, JsonElement>? variables = null)
    {
        RenderedChat chat = template.Render(talk, new ChatRenderOptions { Turns = turns, AddGenerationPrompt = prompt, Variables = variables ?? [] });
        return [.. chat.AssistantSpans.Select(span => chat.Text[span.Start..span.End])];
    }
}
