using LeanTune.Data;

namespace LeanTune.Tests.Data;

/// <summary>Which files a path stands for, and what the options of a source do.</summary>
public sealed class SourceTests
{
    [Fact]
    public void A_pattern_finds_files_in_ordinal_order()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in new[] { "b.jsonl", "a.jsonl", "B.jsonl", "a.json", ".hidden.jsonl", "in/c.jsonl", "in/deep/d1.jsonl", "in/deep/d22.jsonl", ".git/e.jsonl" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
            File.WriteAllText(folder.File(name), $"{{\"text\": \"{name}\"}}");
        }

        Texts("*.jsonl").ShouldBe(["B.jsonl", "a.jsonl", "b.jsonl"]);
        Texts("**/*.jsonl").ShouldBe(["B.jsonl", "a.jsonl", "b.jsonl", "in/c.jsonl", "in/deep/d1.jsonl", "in/deep/d22.jsonl"]);
        Texts("**/d?.jsonl").ShouldBe(["in/deep/d1.jsonl"]);
        Texts("*/*/*").ShouldBe(["in/deep/d1.jsonl", "in/deep/d22.jsonl"]);
        Texts("in/**").ShouldBe(["in/c.jsonl", "in/deep/d1.jsonl", "in/deep/d22.jsonl"]);
        Texts(".hid*").ShouldBe([".hidden.jsonl"]);
        Texts("in").ShouldBe(["in/c.jsonl"]);
        Should.Throw<DataException>(() => Texts("*.csv")).Message.ShouldBe($"{folder.File("*.csv")}: no file matches this pattern (looked in '{folder.Path}')");
        Should.Throw<DataException>(() => Texts("nowhere/*.csv")).Message.ShouldContain($"the folder '{folder.File("nowhere")}' does not exist");
        Should.Throw<DataException>(() => Texts("")).Message.ShouldContain("holds files of several kinds (.jsonl, .json): say which are meant by a pattern");

        string[] Texts(string pattern) => SourceTests.Texts(new DataSource { Path = folder.File(pattern) });
    }

    [Fact]
    public void Each_file_of_a_folder_decides_on_its_format_and_empty_ones_are_told()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.jsonl"), "{\"text\": \"a\"}");
        File.WriteAllText(folder.File("b.jsonl"), "");
        File.WriteAllText(folder.File("c.jsonl"), "{\"prompt\": \"b\", \"completion\": \"c\", \"id\": 3}");
        File.WriteAllText(folder.File("README.md"), "about");
        var notices = new List<string>();
        Example[] examples = [.. ExampleReader.Read(new DataSource { Path = folder.Path }, notices.Add)];
        examples.Select(example => example.GetType()).ShouldBe([typeof(PlainTextExample), typeof(PromptCompletionExample)]);
        notices.ShouldBe([$"{folder.Path}: reads 3 .jsonl files; 1 other entries are not read", $"{folder.File("b.jsonl")}: holds no records", $"{folder.File("c.jsonl")}: fields that are not used: 'id'"]);
    }

    [Fact]
    public void Columns_are_mapped_to_the_fields_of_the_format()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("qa.jsonl");
        File.WriteAllText(path, "{\"question\": \"q\", \"answer\": \"a\"}");
        DataSource source = new() { Path = path, Columns = new Dictionary<string, string> { ["prompt"] = "question", ["completion"] = "answer" } };
        var read = (PromptCompletionExample)ExampleReader.Read(source).Single();
        (read.Prompt, read.Completion).ShouldBe(("q", "a"));
        File.WriteAllText(path, "{\"question\": \"q\", \"answr\": \"a\"}");
        Fails(source).ShouldBe($"{path}:1: field 'answer' is missing; found 'question', 'answr' (did you mean 'answer'?)");
        Fails(source with { Columns = new Dictionary<string, string> { ["promt"] = "question" } }).ShouldBe($"{path}: columns: 'promt' is a field of no format, did you mean 'prompt'?");
    }

    [Fact]
    public void A_key_chooses_among_the_arrays_of_a_file_whose_rows_are_cells()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("intents.json");
        File.WriteAllText(path, "{\n \"val\": [[\"x\", \"y\"]],\n \"train\": [[\"hello\", \"greet\"],\n  [\"bye\", \"part\"], [\"odd\"]]\n}");
        DataSource source = new() { Path = path, Fields = ["text", "label"], Key = "val" };
        ExampleReader.Read(source).Cast<ClassificationExample>().Single().Label.ShouldBe("y");
        Fails(source with { Key = "train" }).ShouldBe($"{path}:4: expected 2 cells, found 1");
        ExampleReader.Read(source with { Key = "train", OnError = RecordErrors.Skip }).Cast<ClassificationExample>().Select(e => (e.Text, e.Label, e.Place.Number))
            .ShouldBe([("hello", "greet", 3), ("bye", "part", 4)]);
        Fails(source with { Key = "trian" }).ShouldBe($"{path}: holds no key 'trian', did you mean 'train'?");
        Fails(source with { Key = null }).ShouldContain("holds several arrays of records ('val', 'train'): say which is meant by its key");
    }

    [Fact]
    public void Lines_are_cut_at_a_separator_of_any_length()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("e2e.txt");
        File.WriteAllText(path, "name : A | area : b||There is \"A .\r\nname : C||C |\nbroken\n");
        DataSource source = new() { Path = path, Separator = "||", Fields = ["prompt", "completion"], OnError = RecordErrors.Skip };
        ExampleReader.Read(source).Cast<PromptCompletionExample>().Select(e => (e.Prompt, e.Completion)).ShouldBe([("name : A | area : b", "There is \"A ."), ("name : C", "C |")]);
        Fails(source with { OnError = RecordErrors.Stop }).ShouldBe($"{path}:3: expected 2 cells, found 1");
    }

    [Fact]
    public void Quotes_may_be_ordinary_characters()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("quotes.tsv");
        File.WriteAllText(path, "label\ttext\n1\t\"so\n0\tit \"goes\"\"\n");
        DataSource source = new() { Path = path, Quotes = false };
        ExampleReader.Read(source).Cast<ClassificationExample>().Select(e => e.Text).ShouldBe(["\"so", "it \"goes\"\""]);
        ExampleReader.Read(source with { Fields = ["label", "text"] }).Count().ShouldBe(2);
        Fails(source with { Quotes = true }).ShouldContain("text follows the closing quote");
    }

    [Fact]
    public void Parallel_files_are_read_line_by_line()
    {
        using var folder = new TemporaryFolder();
        string first = folder.File("all.nl"), second = folder.File("all.cm");
        File.WriteAllText(first, "list\n\nshow é\n");
        File.WriteAllText(second, "ls\n\ncat");
        DataSource source = new() { Path = first, Beside = [second], Fields = ["prompt", "completion"] };
        ExampleReader.Read(source).Cast<PromptCompletionExample>().Select(e => (e.Prompt, e.Completion, e.Place.Number)).ShouldBe([("list", "ls", 1), ("show é", "cat", 3)]);
        File.AppendAllText(second, "\nmore");
        Fails(source).ShouldBe($"{first}: expected as many lines as in the files beside it; '{first}' has 3, '{second}' has more than 3");
        Fails(source with { Fields = ["prompt"] }).ShouldContain("2 parallel files need as many names of fields; found 1");
    }

    [Fact]
    public void Labels_may_be_listed()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("labels.csv");
        File.WriteAllText(path, "text,label\na,-1\nb,1\n");
        Fails(new DataSource { Path = path }).ShouldContain(":2: label -1 is out of range");
        DataSource listed = new() { Path = path, Labels = ["-1", "0", "1"] };
        ExampleReader.Read(listed).Cast<ClassificationExample>().Select(e => e.LabelNumber).ShouldBe([-1, 1]);
        Fails(listed with { Labels = ["-1", "two"] }).ShouldContain(":3: label '1' is none of the 2 labels given");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    [InlineData(-1)]
    public void A_weight_must_be_above_zero(double weight) =>
        Fails(new DataSource { Path = Repository.Fixture("data/text.jsonl"), Weight = weight }).ShouldContain("weight: expected a number above 0; found");

    private static string[] Texts(DataSource source) => [.. ExampleReader.Read(source).Select(example => ((PlainTextExample)example).Text)];

    private static string Fails(DataSource source) => Should.Throw<DataException>(() => ExampleReader.Read(source).Count()).Message;
}
