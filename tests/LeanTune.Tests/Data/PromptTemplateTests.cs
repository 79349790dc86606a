using LeanTune.Data;

namespace LeanTune.Tests.Data;

/// <summary>Templates put records of any fields, and classified texts, into prompts with completions.</summary>
public sealed class PromptTemplateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("{a}", "<a>")]
    [InlineData("x {a}{b} y", "x <a><b> y")]
    [InlineData("{{a}} {{{a}}}", "{a} {<a>}")]
    [InlineData("{a b}", "<a b>")]
    [InlineData("", "")]
    public void Fields_stand_in_their_places(string template, string expected) => PromptTemplate.Parse(template).Fill(field => $"<{field}>").ShouldBe(expected);

    [Theory]
    [InlineData("a}", "the brace '}' at character 2 closes nothing")]
    [InlineData("ab{c", "the brace '{' at character 3 is not closed")]
    [InlineData("{a{b}", "the brace '{' at character 1 is not closed")]
    [InlineData("{}", "the braces at character 1 hold no field's name")]
    public void A_brace_without_a_partner_is_refused(string template, string expected) =>
        Should.Throw<FormatException>(() => PromptTemplate.Parse(template)).Message.ShouldStartWith(expected);

    [Fact]
    public void Records_of_any_fields_become_prompts_with_completions()
    {
        DataSource source = Source("a.jsonl", """{"question": "1+1", "n": 2, "answer": "two", "id": 7}""") with { Prompt = "Q{n}: {question}\nA:", Completion = " {answer}" };
        List<string> notices = [];

        var read = (PromptCompletionExample)ExampleReader.Read(source, notices.Add).Single();

        (read.Prompt, read.Completion).ShouldBe(("Q2: 1+1\nA:", " two"));
        notices.ShouldBe([$"{source.Path}: fields that are not used: 'id'"]);
        ((PromptCompletionExample)ExampleReader.Read(source with { Format = DataFormat.PromptCompletion }).Single()).ShouldBe(read);
        using ExampleStore store = ExampleStore.Open([source]);
        store[0].ShouldBe(read);
    }

    [Fact]
    public void A_template_alone_leaves_the_other_field_as_it_is()
    {
        DataSource source = Source("a.jsonl", """{"question": "1+1", "completion": "two"}""") with
        {
            Prompt = "{prompt}=", Columns = new Dictionary<string, string> { ["prompt"] = "question" },
        };

        ((PromptCompletionExample)ExampleReader.Read(source).Single()).Completion.ShouldBe("two");
        ((PromptCompletionExample)ExampleReader.Read(source).Single()).Prompt.ShouldBe("1+1=");
    }

    [Theory]
    [InlineData("""{"question": "q", "answr": "a"}""", ":1: field 'answer' is missing; found 'question', 'answr' (did you mean 'answer'?)")]
    [InlineData("""{"question": "q", "answer": ""}""", ":1: field 'answer' is empty: nothing to train on")]
    [InlineData("""{"question": ["q"], "answer": "a"}""", ":1: field 'question' must be a text or a number to stand in a template, but is an array")]
    [InlineData("""{"question": null, "answer": "a"}""", ":1: field 'question' must be a text or a number to stand in a template, but is null")]
    public void A_record_that_does_not_fill_the_template_is_named(string record, string expected)
    {
        DataSource source = Source("a.jsonl", record) with { Prompt = "{question}", Completion = "{answer}" };
        Should.Throw<DataException>(() => ExampleReader.Read(source).Count()).Message.ShouldBe(source.Path + expected);
    }

    [Fact]
    public void Classified_texts_train_on_the_names_of_their_labels()
    {
        DataSource source = Source("a.csv", "text,label\nfine film,1\nbad film,0\n") with { LabelNames = new Dictionary<string, string> { ["0"] = "negative", ["1"] = "positive" } };

        Texts(source).ShouldBe([("fine film\nLabel:", " positive"), ("bad film\nLabel:", " negative")]);
        Texts(source with { Prompt = "Review: {text}\n", Completion = "{label}" })[0].ShouldBe(("Review: fine film\n", "positive"));
        Texts(source with { LabelNames = new Dictionary<string, string>() })[1].ShouldBe(("bad film\nLabel:", " 0"));
        Fails(source with { LabelNames = new Dictionary<string, string> { ["0"] = "negative" } }).ShouldContain(":2: label '1' is none of the 1 labels given");
        Fails(source with { Prompt = "{txt}", Format = DataFormat.Classification }).ShouldContain(":2: a template names {txt}; a classified text has text, sentence1, sentence2, label, did you mean 'text'?");
        Fails(source with { Prompt = "{sentence1}" }).ShouldContain("the record holds one text: expected {text}");
    }

    [Fact]
    public void Pairs_stand_on_two_lines() =>
        Texts(Source("a.csv", "sentence1,sentence2,label\na dog,an animal,entails\n")).ShouldBe([("a dog\nan animal\nLabel:", " entails")]);

    [Fact]
    public void A_template_that_names_other_fields_makes_no_classified_text() =>
        Texts(Source("a.csv", "text,label,hint\nt,l,h\n") with { Prompt = "{text} {hint}", Completion = " {label}" }).ShouldBe([("t h", " l")]);

    private DataSource Source(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return new DataSource { Path = _folder.File(name) };
    }

    // What is not trained, and what is.
    private static (string Prompt, string Completion)[] Texts(DataSource source)
    {
        var encoder = new WordEncoder();
        return [.. ExampleSet.Load(source, encoder, 100, appendEndToken: false).Select(example =>
        {
            int trained = Array.IndexOf(example.Supervised, true);
            return (encoder.Decode(example.Ids[..trained]), encoder.Decode(example.Ids[trained..]));
        })];
    }

    private static string Fails(DataSource source) => Should.Throw<DataException>(() => Texts(source)).Message;
}
