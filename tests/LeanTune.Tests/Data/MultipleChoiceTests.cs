using LeanTune.Data;

namespace LeanTune.Tests.Data;

/// <summary>Questions with choices, as public data sets write them: the right one is trained, the wrong ones are kept to be chosen from.</summary>
public sealed class MultipleChoiceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // As MMLU, as ARC, and as lists of objects; by number, label and text.
    [Theory]
    [InlineData("""{"question": "q", "choices": ["one", "two"], "answer": 1}""", "A B", 1)]
    [InlineData("""{"question": "q", "choices": ["one", "two"], "answer": "B"}""", "A B", 1)]
    [InlineData("""{"question": "q", "choices": ["one", "two"], "answer": "two"}""", "A B", 1)]
    [InlineData("""{"question": "q", "choices": {"text": ["one", "two"], "label": ["1", "2"]}, "answer": "1"}""", "1 2", 0)]
    [InlineData("""{"question": "q", "choices": [{"text": "one", "label": "x"}, {"text": "two", "label": "y"}], "answer": "y"}""", "x y", 1)]
    [InlineData("""{"question": "q", "choices": "[\"one\", \"two\"]", "answer": 0}""", "A B", 0)]
    [InlineData("""{"question": "q", "choices": "{\"text\": [\"one\", \"two\"], \"label\": [\"A\", \"B\"]}", "answer": "B"}""", "A B", 1)]
    public void The_right_choice_is_found(string record, string labels, int right)
    {
        var read = (MultipleChoiceExample)ExampleReader.Read(Source(record)).Single();
        read.Choices.ShouldBe(["one", "two"]);
        read.Labels.ShouldBe(labels.Split(' '));
        read.Right.ShouldBe(right);
        using ExampleStore store = ExampleStore.Open([Source(record)]);
        ((MultipleChoiceExample)store[0]).Right.ShouldBe(right);
    }

    [Theory]
    [InlineData("""{"question": "q", "choices": ["one", "two"]}""", "field 'answer' is missing")]
    [InlineData("""{"question": "q", "choices": ["one", "two"], "answer": 2}""", "field 'answer' is '2': expected one of the labels ('A', 'B'), the text of a choice, or a number from 0 to 1")]
    [InlineData("""{"question": "q", "choices": ["one"], "answer": 0}""", "field 'choices' has 1 of the choices: expected at least 2")]
    [InlineData("""{"question": "q", "choices": ["one", ""], "answer": 0}""", "field 'choices'[1] is empty")]
    [InlineData("""{"question": "q", "choices": ["one", "one"], "answer": 0}""", "field 'choices' has the choice 'one' twice")]
    [InlineData("""{"question": "q", "choices": ["one", null], "answer": 0}""", "'choices'[1] must be a text, or an object with text and label, but is null")]
    [InlineData("""{"question": "q", "choices": {"text": ["one", "two"], "label": ["A"]}, "answer": "A"}""", "field 'choices' has 2 texts and 1 labels")]
    [InlineData("""{"question": "q", "choices": {"text": ["one", "two"], "label": ["A", "A"]}, "answer": "A"}""", "field 'choices' has the label 'A' twice")]
    [InlineData("""{"question": "q", "choices": {"one": 1}, "answer": "A"}""", "field 'choices' must be a list of texts, or an object whose 'text' and 'label' are lists of texts")]
    [InlineData("""{"question": "q", "choices": 7, "answer": "A"}""", "field 'choices' must be a list of texts, or an object whose 'text' and 'label' are lists of texts, but is a number")]
    [InlineData("""{"question": "q", "choices": ["one", "two"], "answer": null}""", "field 'answer' must be a text or a number, but is null")]
    [InlineData("""{"question": "q", "choices": ["1", "2", "3"], "answer": "2"}""", "field 'answer' is '2', which is both the text of a choice and the number of another: expected a label ('A', 'B', 'C')")]
    public void What_cannot_be_chosen_from_is_named(string record, string expected) => Fails(Source(record)).ShouldContain(":1: " + expected);

    // As MMLU has arithmetic: the number counts choices, whatever they say.
    [Fact]
    public void A_number_is_no_text()
    {
        ((MultipleChoiceExample)ExampleReader.Read(Source("""{"question": "1+1?", "choices": ["1", "2", "3", "4"], "answer": 1}""")).Single()).Right.ShouldBe(1);
        ((MultipleChoiceExample)ExampleReader.Read(Source("""{"question": "1+2?", "choices": ["1", "2", "3", "4"], "answer": 2}""")).Single()).Right.ShouldBe(2);
    }

    [Fact]
    public void Each_choice_is_an_answer_to_the_question()
    {
        DataSource source = Source("""{"question": "How many?", "choices": ["one", "two hundred", "three"], "answer": 1}""");
        Rows(source).ShouldBe([("How many?\nAnswer:", " two hundred"), ("How many?\nAnswer:", " one"), ("How many?\nAnswer:", " three")]);
    }

    [Fact]
    public void A_template_may_show_the_choices_and_ask_for_the_label()
    {
        DataSource source = Source("""{"goal": "How?", "endings": ["one", "two"], "label": "0", "hint": 7}""") with
        {
            Format = DataFormat.MultipleChoice, Prompt = "{goal} ({hint})\n{choices}\nAnswer:", Completion = " {label}",
            Columns = new Dictionary<string, string> { ["choices"] = "endings", ["answer"] = "label" },
        };
        Rows(source).ShouldBe([("How? (7)\nA. one\nB. two\nAnswer:", " A"), ("How? (7)\nA. one\nB. two\nAnswer:", " B")]);
        List<string> notices = [];
        ExampleReader.Read(source, notices.Add).Count().ShouldBe(1);
        notices.ShouldBeEmpty(); // what templates name is read
        Fails(source with { Prompt = "{goal}{answer}" }).ShouldContain("names {answer}, which gives the answer away");
        Fails(source with { Completion = " {hint}" }).ShouldContain("is the same for two choices: expected it to name {answer} or {label}");
        Fails(source with { Prompt = "{gaol}" }).ShouldContain("field 'gaol' is missing");
    }

    /// <summary>The example's own row, then those of its wrong answers: what is given and what is trained or scored.</summary>
    private static (string, string)[] Rows(DataSource source)
    {
        var encoder = new WordEncoder();
        TokenizedExample example = ExampleSet.Load(source, encoder, 100, appendEndToken: false)[0];
        return [.. example.WrongAnswers.Prepend(example).Select(row =>
        {
            int trained = Array.IndexOf(row.Supervised, true);
            return (encoder.Decode(row.Ids[..trained]), encoder.Decode(row.Ids[trained..]));
        })];
    }

    private static string Fails(DataSource source) => Should.Throw<DataException>(() => Rows(source)).Message;

    private DataSource Source(string record)
    {
        string path = _folder.File("questions.jsonl");
        File.WriteAllText(path, record);
        return new DataSource { Path = path };
    }
}
