using LeanTune.Data;
using LeanTune.Tokenization;

namespace LeanTune.Tests.Data;

/// <summary>Each thing that spoils a run without an error is found where it is, and nowhere else.</summary>
public sealed class DataChecksTests : IDisposable
{
    private const int End = 0; // <|endoftext|>, which begins and ends a text with this tokenizer
    private readonly TemporaryFolder _folder = new();
    private readonly Tokenizer _tokenizer = Tokenizer.Load(Path.Combine(Repository.Root, "recipes", "pretrain", "tiny-llama"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sound_examples_have_no_finding() => Find(Set([5, 6, End], [5, 7, End]), Set([5, 8, End])).ShouldBeEmpty();

    [Fact]
    public void A_token_that_the_model_does_not_know_stops_the_run()
    {
        DataFinding finding = Find(Set([5, 6, End], [5, 4000, End]), vocabulary: 4000).ShouldHaveSingleItem();
        finding.Stops.ShouldBeTrue();
        finding.Message.ShouldBe($"train:2: holds token 4000 ('{_tokenizer.IdToToken(4000)}'), but the model knows 4000 tokens: tokenizer and model do not belong together");
        Find(Set([5, 4000, End]), vocabulary: 4001).ShouldBeEmpty();
    }

    [Fact]
    public void A_begin_token_that_comes_twice_is_told_and_stops_when_it_always_does()
    {
        Find(Set([End, End, 5, End], [End, 5, End])).ShouldHaveSingleItem()
            .ShouldBe(new DataFinding("1 of 2 examples begin with '<|endoftext|>' twice, such as train:1: take it out of the text or of the chat template"));
        DataFinding all = Find(Set([End, End, 5, End]), Set([End, End, 6, End])).ShouldHaveSingleItem();
        all.Message.ShouldStartWith("all examples begin with '<|endoftext|>' twice");
        all.Stops.ShouldBeTrue();
    }

    [Fact]
    public void Examples_none_of_which_trains_an_end_are_told()
    {
        Find(Set([5, 6, 7])).ShouldHaveSingleItem().Message.ShouldBe("no example trains a token that ends generation ('<|endoftext|>'): the model is not taught when to stop");
        // An end token that is read and not predicted teaches nothing.
        ExampleSet masked = new([new TokenizedExample([5, End, 6], [false, false, true], "train", 1)]);
        Find(masked).ShouldHaveSingleItem().Message.ShouldStartWith("no example trains a token that ends generation");
        Find(Set([5, 6, 7], [5, 6, End])).ShouldBeEmpty();
        ExampleSet windows = new([new TokenizedExample([5, 6, 7], [false, true, true], "train", 1)], [], [new SetPart(1, 1, IsStream: true)]);
        Find(windows).ShouldBeEmpty();
    }

    [Fact]
    public void Examples_longer_than_the_model_are_told()
    {
        Find(Set([5, 6, 7, End], [5, End]), positions: 3).ShouldHaveSingleItem().Message.ShouldBe("train:1: is 4 tokens long; the model was made for at most 3");
        Find(Set([5, 6, 7, End]), positions: 4).ShouldBeEmpty();
    }

    [Fact]
    public void Repeats_are_counted() =>
        Find(Set([5, 6, End], [5, 7, End], [5, 6, End], [5, 6, End])).ShouldHaveSingleItem().Message.ShouldBe("2 of 4 training examples repeat another: train:3 is the same as train:1");

    [Fact]
    public void Held_out_examples_that_are_trained_on_are_counted() =>
        Find(Set([5, 6, End], [5, 7, End]), Set([5, 7, End], [5, 8, End])).ShouldHaveSingleItem().Message
            .ShouldBe("1 of 2 held-out examples are also trained on, such as held:1 as train:2: the evaluation is too good by them");

    [Theory]
    [InlineData("{{ m.content }}", false)]
    [InlineData("{% if m.role != 'system' %}{{ m.content }}{% endif %}", true)]
    public void System_messages_that_the_template_leaves_out_are_counted(string content, bool lost)
    {
        File.WriteAllText(_folder.File("chat_template.jinja"), $"{{%- for m in messages -%}}<|im_start|>{{{{ m.role }}}}\n{content}<|endoftext|>\n{{%- endfor -%}}");
        string path = _folder.File("chat.jsonl");
        File.WriteAllLines(path, Enumerable.Range(1, 3).Select(i => i == 1
            ? """{"messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi 1"}]}"""
            : $$"""{"messages": [{"role": "system", "content": " Be brief. "}, {"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi {{i}}"}]}"""));
        ConversationEncoder conversations = new(_folder.Path, _tokenizer);
        ExampleSet set = ExampleSet.Load(path, DataFormat.Auto, new TokenizerEncoder(_tokenizer), 512, appendEndToken: true, null, conversations);

        IReadOnlyList<DataFinding> found = new DataChecks(_tokenizer, null, null).Find(set, new ExampleSet([]), conversations);

        found.Select(finding => finding.Message).ShouldBe(lost ? [$"2 conversations have a system message of which the chat template does not write the text, first {path}:2: it is lost"] : []);
    }

    [Fact]
    public void Shown_pieces_are_the_text_divided_where_targets_begin_and_end()
    {
        int[] ids = _tokenizer.EncodeIds("Où ça ? 🐋<|im_end|>\nyes<|endoftext|>");
        bool[] supervised = [.. ids.Select((_, t) => t >= ids.Length - 2)];

        ShownExample shown = ShownExample.Of(new TokenizedExample(ids, supervised, "f", 3) { FullLength = 99 }, _tokenizer);

        string.Concat(shown.Pieces.Select(piece => piece.Text)).ShouldBe("Où ça ? 🐋<|im_end|>\nyes<|endoftext|>");
        shown.Pieces.Select(piece => piece.Trained).ShouldBe([false, true]);
        shown.Pieces[1].Text.ShouldBe(_tokenizer.Decode(ids[^2..]));
        (shown.Place.ToString(), shown.Tokens, shown.FullTokens, shown.SupervisedTokens).ShouldBe(("f:3", ids.Length, 99, 2));
    }

    [Fact]
    public void Quantiles_of_lengths_are_those_of_the_sorted_list()
    {
        SetInspection set = SetInspection.Of(
            new ExampleSet([.. Enumerable.Range(1, 99).Reverse().Select(i => new TokenizedExample([1, 2], [false, true], "f", i) { FullLength = i + 1 })], [new DroppedExample(new RecordPlace("f", 1), 101)]), _tokenizer, 0);

        (set.LengthAt(0), set.LengthAt(0.5), set.LengthAt(0.9), set.LengthAt(1)).ShouldBe((2, 51, 91, 101));
        set.Lengths.ShouldBe(Enumerable.Range(2, 100));
    }

    private IReadOnlyList<DataFinding> Find(ExampleSet train, ExampleSet? held = null, int? vocabulary = null, int? positions = null) =>
        new DataChecks(_tokenizer, vocabulary, positions).Find(train, held is null ? new ExampleSet([]) : new ExampleSet([.. held.Select(example => example with { Source = "held" })]), new ConversationEncoder("", _tokenizer));

    // Every token but the first is a target.
    private static ExampleSet Set(params int[][] examples) =>
        new([.. examples.Select((ids, i) => new TokenizedExample(ids, [.. ids.Select((_, t) => t > 0)], "train", i + 1))]);
}
