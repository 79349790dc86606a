using LeanTune.ChatTemplates;
using LeanTune.Data;
using LeanTune.Tokenization;

namespace LeanTune.Tests.Data;

/// <summary>Conversations become tokens by the model's template; what is a target is checked by decoding it.</summary>
public sealed class ConversationEncoderTests : IDisposable
{
    private const string Template = """
        {%- for m in messages -%}
        {%- if m.role == 'tool' and loop.first -%}{{ raise_exception('a tool cannot begin') }}{%- endif -%}
        {{- '<|im_start|>' ~ m.role ~ '\n' ~ m.content ~ '<|im_end|>\n' -}}
        {%- endfor -%}
        """;

    private const string TwoTurns = """{"messages": [{"role": "system", "content": "Be brief."}, """
        + """{"role": "user", "content": "What is a gam?"}, {"role": "assistant", "content": "A meeting of ships."}, """
        + """{"role": "user", "content": "Où ça ? 🐋"}, {"role": "assistant", "content": "En mer, là-bas 🐋."}]}""";

    private static readonly string s_tokenizerFolder = Path.Combine(Repository.Root, "recipes", "pretrain", "tiny-llama");
    private readonly TemporaryFolder _folder = new();
    private readonly Tokenizer _tokenizer = Tokenizer.Load(s_tokenizerFolder);
    private readonly List<string> _notices = [];

    public ConversationEncoderTests() => File.WriteAllText(_folder.File("chat_template.jinja"), Template);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Targets_are_what_the_assistant_says_with_the_end_of_each_turn()
    {
        TokenizedExample example = Load(TwoTurns).Single();
        Targets(example).ShouldBe(["A meeting of ships.<|im_end|>", "En mer, là-bas 🐋.<|im_end|>"]);
        _tokenizer.Decode(example.Ids).ShouldBe("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhat is a gam?<|im_end|>\n<|im_start|>assistant\nA meeting of ships.<|im_end|>\n"
            + "<|im_start|>user\nOù ça ? 🐋<|im_end|>\n<|im_start|>assistant\nEn mer, là-bas 🐋.<|im_end|>\n");
    }

    [Fact]
    public void The_last_turn_alone_is_trained_when_asked_for() =>
        Targets(Load(TwoTurns, turns: AssistantTurns.Last).Single()).ShouldBe(["En mer, là-bas 🐋.<|im_end|>"]);

    [Fact]
    public void Of_the_whole_text_every_token_but_the_first_is_a_target()
    {
        bool[] supervised = Load(TwoTurns, turns: AssistantTurns.WholeText).Single().Supervised;
        supervised[0].ShouldBeFalse();
        supervised.Skip(1).ShouldAllBe(target => target);
    }

    [Fact]
    public void A_turn_that_says_so_is_not_trained() =>
        Targets(Load(TwoTurns.Replace("\"A meeting of ships.\"", "\"A meeting of ships.\", \"weight\": 0", StringComparison.Ordinal)).Single()).ShouldBe(["En mer, là-bas 🐋.<|im_end|>"]);

    [Fact]
    public void Sharegpt_and_parts_of_text_give_the_same_tokens()
    {
        TokenizedExample plain = Load("""{"messages": [{"role": "user", "content": "What is a gam?"}, {"role": "assistant", "content": "A meeting."}]}""").Single();
        foreach (string other in new[]
        {
            """{"conversations": [{"from": "human", "value": "What is a gam?"}, {"from": "gpt", "value": "A meeting."}]}""",
            """{"messages": [{"role": "user", "content": [{"type": "text", "text": "What is "}, {"type": "text", "text": "a gam?"}]}, {"role": "assistant", "content": "A meeting."}]}""",
            """{"instruction": "What is a gam?", "output": "A meeting."}""",
        })
        {
            TokenizedExample example = Load(other).Single();
            example.Ids.ShouldBe(plain.Ids);
            example.Supervised.ShouldBe(plain.Supervised);
        }
    }

    [Fact]
    public void Arguments_written_as_text_reach_the_template_as_an_object()
    {
        Write("{%- for m in messages -%}<|im_start|>{{ m.role }}\n{{ m.content or '' }}{% for c in m.tool_calls %}{{ c.function.name }} {{ c.function.arguments | tojson }}{% endfor %}<|im_end|>\n{% endfor -%}");
        const string call = """
            {"messages": [{"role": "user", "content": "Go."}, {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function", "function": {"name": "sail", "arguments": "{\"to\": \"sea\"}"}}]}]}
            """;
        Targets(Load(call).Single()).ShouldBe(["sail {\"to\": \"sea\"}<|im_end|>"]);
    }

    [Fact]
    public void Long_conversations_are_cut_or_dropped_and_counted()
    {
        string words = string.Join(' ', Enumerable.Repeat("whale", 60));
        string late = $$"""{"messages": [{"role": "user", "content": "{{words}}"}, {"role": "assistant", "content": "Yes."}]}""";
        int length = Array.IndexOf(Load(TwoTurns).Single().Supervised, true) + 2;
        ExampleSet set = Load(TwoTurns + "\n" + late, length);
        (set.Counts.Read, set.Counts.Truncated, set.Counts.Dropped).ShouldBe((2, 1, 1));
        set.Single().Ids.Length.ShouldBe(length);
        "A meeting of ships.<|im_end|>".ShouldStartWith(Targets(set.Single()).ShouldHaveSingleItem());
        _notices.Count(notice => notice.Contains("were cut", StringComparison.Ordinal) || notice.Contains("were dropped", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public void A_conversation_with_nothing_to_learn_is_named()
    {
        string[] lines = [TwoTurns, .. Enumerable.Repeat("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "d", "train": false}]}""", 7)];
        string message = Fails(string.Join('\n', lines), turns: AssistantTurns.Last);
        message.ShouldStartWith($"{Examples}: 7 of 8 records cannot be used:\n  {Examples}:2: nothing to train on: the last turn of the assistant says that it is not to be trained");
        message.ShouldEndWith("… and 2 more");
    }

    [Fact]
    public void What_the_template_refuses_has_its_line_and_the_template_s()
    {
        const string tool = """{"messages": [{"role": "tool", "content": "a"}, {"role": "assistant", "content": "b"}]}""";
        File.WriteAllText(Examples, TwoTurns + "\n" + tool);
        Should.Throw<DataException>(() => ExampleSet.Load(new DataSource { Path = Examples, AnyTurnOrder = true }, new TokenizerEncoder(_tokenizer), 512, true, null, Encoder()))
            .Message.ShouldBe($"{Examples}:2: {_folder.Path}: chat template, line 2: the template refuses this conversation: a tool cannot begin");
    }

    [Fact]
    public void Tools_of_which_the_template_writes_nothing_are_refused()
    {
        const string question = """{"role": "user", "content": "Go."}""", answer = """{"role": "assistant", "content": "Gone."}""";
        Fails($$"""{"messages": [{{question}}, {{answer}}], "tools": [{"type": "function"}]}""").ShouldStartWith($"{Examples}:1: holds 'tools', of which the chat template writes nothing");
        Fails($$"""{"messages": [{{question}}, {"role": "assistant", "tool_calls": [{"function": {"name": "sail", "arguments": {} } }]}]}""")
            .ShouldStartWith($"{Examples}:1: holds tool calls, of which the chat template writes nothing");
        Load($$"""{"messages": [{{question}}, {{answer}}], "tools": []}""").Count.ShouldBe(1);
    }

    [Fact]
    public void A_model_without_a_template_is_refused_at_its_first_conversation()
    {
        File.Delete(_folder.File("chat_template.jinja"));
        Fails(TwoTurns).ShouldStartWith($"{Examples}:1: holds a conversation, but the model in '{_folder.Path}' has no chat template: expected chat_template.jinja");
        Load("""{"prompt": "a", "completion": "b"}""").Count.ShouldBe(1);
    }

    [Fact]
    public void Tokens_that_the_tokenizer_splits_are_named()
    {
        Write(Template.Replace("<|im_end|>", "<|eot_id|>", StringComparison.Ordinal));
        string message = Fails(TwoTurns);
        message.ShouldStartWith($"{_folder.Path}: chat template: writes <|eot_id|>, which the model's tokenizer splits into pieces");
        message.ShouldEndWith("or add it to the vocabulary and train it (data.new_tokens: ['<|eot_id|>'])");
    }

    [Fact]
    public void A_broken_template_is_an_error_with_its_line()
    {
        Write("\n{% for %}");
        Fails(TwoTurns).ShouldStartWith($"{_folder.Path}: chat template, line 2: ");
    }

    [Fact]
    public void A_file_takes_the_place_of_the_model_s_template()
    {
        File.WriteAllText(_folder.File("mine.jinja"), Template.Replace("m.content", "m.content | upper", StringComparison.Ordinal));
        Targets(Load(TwoTurns, template: _folder.File("mine.jinja")).Single())[0].ShouldBe("A MEETING OF SHIPS.<|im_end|>");
    }

    private string Examples => _folder.File("chat.jsonl");

    private void Write(string template) => File.WriteAllText(_folder.File("chat_template.jinja"), template);

    private ConversationEncoder Encoder(AssistantTurns turns = AssistantTurns.All, string? template = null) => new(_folder.Path, _tokenizer, turns, template);

    private ExampleSet Load(string records, int maxLength = 512, AssistantTurns turns = AssistantTurns.All, string? template = null)
    {
        File.WriteAllText(Examples, records);
        return ExampleSet.Load(Examples, DataFormat.Auto, new TokenizerEncoder(_tokenizer), maxLength, appendEndToken: true, _notices.Add, Encoder(turns, template));
    }

    private string Fails(string records, AssistantTurns turns = AssistantTurns.All) => Should.Throw<DataException>(() => Load(records, turns: turns)).Message;

    /// <summary>The text of each run of targets.</summary>
    private List<string> Targets(TokenizedExample example)
    {
        List<string> texts = [];
        for (int start = 0; start < example.Ids.Length; start++)
        {
            int end = start;
            while (end < example.Ids.Length && example.Supervised[end])
                end++;
            if (end > start)
                texts.Add(_tokenizer.Decode(example.Ids[start..end]));
            start = end;
        }

        return texts;
    }
}
