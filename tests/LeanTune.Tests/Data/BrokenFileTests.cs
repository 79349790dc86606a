using System.Text.Json;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

/// <summary>Files with one thing wrong: the error points to it, and skipping leaves what is good.</summary>
public sealed class BrokenFileTests
{
    /// <summary>No faults at all, although the list names them: a tool should read these.</summary>
    private static readonly string[] Readable =
        ["broken/bom.jsonl", "broken/bom.csv", "broken/crlf.jsonl", "broken/crlf_mixed.csv", "broken/huge_line.jsonl", "broken/numbers_as_strings.jsonl"];

    public static TheoryData<string, int?, int> BrokenFiles()
    {
        var rows = new TheoryData<string, int?, int>();
        using var list = JsonDocument.Parse(File.ReadAllText(Repository.Fixture("data/broken.json")));
        foreach (JsonElement entry in list.RootElement.GetProperty("files").EnumerateArray())
        {
            JsonElement line = entry.GetProperty("line");
            rows.Add(entry.GetProperty("file").GetString()!, line.ValueKind == JsonValueKind.Null ? null : line.GetInt32(), entry.GetProperty("readable_records").GetInt32());
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(BrokenFiles))]
    public void A_broken_file_is_refused_at_the_recorded_line(string file, int? line, int readable)
    {
        string path = Repository.Fixture("data/" + file);
        if (Readable.Contains(file))
            Read(path).Length.ShouldBe(readable);
        else
            FirstPlace(Fails(path), path).ShouldStartWith(line is null ? path + ": " : $"{path}:{line}: ");
    }

    [Theory]
    [MemberData(nameof(BrokenFiles))]
    public void Skipping_leaves_the_records_that_can_be_used_and_counts_the_others(string file, int? line, int readable)
    {
        string path = Repository.Fixture("data/" + file);
        var notices = new List<string>();
        DataSource source = new() { Path = path, OnError = RecordErrors.Skip };
        if (readable == 0)
        {
            Should.Throw<DataException>(() => ExampleReader.Read(source, notices.Add).ToArray());
            return;
        }

        ExampleReader.Read(source, notices.Add).Count().ShouldBe(readable);
        if (Readable.Contains(file))
            notices.ShouldBeEmpty();
        else
            notices.ShouldContain(notice => notice.Contains("cannot be used and were skipped") && notice.Contains($"\n  {path}:{line}: "));
    }

    [Theory]
    [InlineData("{\"prompt\": \"a\", \"completions\": \"b\"}", "field 'completion' is missing; found 'prompt', 'completions' (did you mean 'completion'?)")]
    [InlineData("{\"prompt\": 3, \"completion\": \"b\"}", "field 'prompt' must be a string, but is a number")]
    [InlineData("{\"prompt\": \"a\", \"completion\": [\"b\"]}", "field 'completion' must be a string, but is an array")]
    [InlineData("{\"prompt\": \"a\", \"completion\": null}", "field 'completion' must be a string, but is null")]
    [InlineData("{\"prompt\": \"a\", \"completion\": \"\"}", "field 'completion' is empty: nothing to train on")]
    [InlineData("{\"text\": \"\"}", "field 'text' is empty: nothing to train on")]
    [InlineData("{\"text\": \"a\", \"prompt\": \"b\"}", "holds 'prompt' beside 'text': expected one format a file; set the data format to say which is meant")]
    [InlineData("{\"text\": \"a\\ud83d\"}", "field 'text' holds an unpaired surrogate (half of a \\uD8xx\\uDCxx pair)")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": \"\\uDC00\"}]}", "field 'content' holds an unpaired surrogate (half of a \\uD8xx\\uDCxx pair)")]
    [InlineData("[1]", "expected one JSON object a line, found an array")]
    [InlineData("{\"text\": \"a\", \"text\": \"b\"}", "field 'text' occurs twice")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"role\": \"user\"}]}", "field 'role' occurs twice")]
    [InlineData("{\"text\": tru}", "not valid JSON at byte 13 of the line: 'tru}' is an invalid JSON literal. Expected the literal 'true'")]
    [InlineData("{\"messages\": \"[{\"}", "field 'messages' must be a list, or the JSON text of one: not valid JSON at byte 3 of the cell: ")]
    [InlineData("{\"text\": \"a\", \"label\": []}", "field 'label' must be a class or a number, but is an array")]
    [InlineData("{\"sentence1\": \"a\", \"label\": 1}", "field 'sentence2' is missing; found 'sentence1' (did you mean 'sentence2'?), 'label'")]
    [InlineData("{\"conversations\": [{\"from\": \"humn\", \"value\": \"x\"}]}", "conversations[0]: unknown role 'humn', did you mean 'human'? expected one of ")]
    [InlineData("{\"instruction\": \"a\", \"output\": \"b\", \"history\": [[\"q\"]]}", "history[0] must be a list of two strings, question and answer")]
    public void A_record_that_cannot_be_used_says_why(string record, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("examples.jsonl");
        File.WriteAllText(path, "\n" + record + "\n");
        Fails(path).ShouldStartWith($"{path}:2: {expected}");
    }

    [Theory]
    [InlineData("{\"Text\": \"a\"}", "found 'Text' (did you mean 'text'?)")]
    [InlineData("{\"question\": \"a\", \"answer\": \"b\"}", "found 'question', 'answer'. Where the file names them otherwise, map its columns")]
    [InlineData("{}", "found no field at all")]
    public void Fields_of_no_format_are_named_beside_those_that_are_known(string record, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("examples.jsonl");
        File.WriteAllText(path, record);
        string error = Fails(path);
        error.ShouldStartWith($"{path}:1: expected the fields of a format: 'prompt' and 'completion'; or 'text'; or 'messages'; or ");
        error.ShouldContain(expected);
    }

    [Fact]
    public void Several_bad_records_are_one_error_with_the_first_five_and_a_count()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("examples.jsonl");
        File.WriteAllLines(path, Enumerable.Range(1, 20).Select(i => i % 2 == 0 ? "{\"text\": 1}" : "{\"text\": \"good\"}"));
        string[] lines = Fails(path).Split('\n');
        lines[0].ShouldBe($"{path}: 10 of 20 records cannot be used:");
        lines[1..6].ShouldBe(new[] { 2, 4, 6, 8, 10 }.Select(line => $"  {path}:{line}: field 'text' must be a string, but is a number"));
        lines[6..].ShouldBe(["  … and 5 more"]);
    }

    [Fact]
    public void A_second_format_in_a_file_names_the_line_that_set_the_first()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("examples.jsonl");
        File.WriteAllLines(path, ["{\"prompt\": \"a\", \"completion\": \"b\"}", "{\"text\": \"c\"}"]);
        Fails(path).ShouldBe($"{path}:2: field 'prompt' is missing (the format of this file since line 1); found 'text'");
    }

    [Fact]
    public void No_example_follows_one_that_cannot_be_used()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("examples.jsonl");
        File.WriteAllLines(path, ["{\"text\": \"a\"}", "{\"text\": 1}", "{\"text\": \"b\"}"]);
        var read = new List<Example>();
        Should.Throw<DataException>(() => read.AddRange(ExampleReader.Read(new DataSource { Path = path })));
        foreach (Example example in ExampleReader.Read(new DataSource { Path = path }).Take(1))
            ((PlainTextExample)example).Text.ShouldBe("a");
    }

    [Fact]
    public void What_ends_a_file_too_soon_comes_with_what_was_wrong_before()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("examples.json");
        File.WriteAllText(path, "[{\"text\": \"a\"},\n{\"text\": 1},\n{\"text\": \"b\"");
        string error = Fails(path);
        error.ShouldStartWith($"{path}: the JSON array is cut off: the file ends before its closing bracket, after the record on line 2");
        error.ShouldContain($"{path}:2: field 'text' must be a string, but is a number");
    }

    private static Example[] Read(string path) => [.. ExampleReader.Read(new DataSource { Path = path })];

    private static string Fails(string path) => Should.Throw<DataException>(() => Read(path)).Message;

    /// <summary>The first place of an error about one record or several.</summary>
    private static string FirstPlace(string error, string path) =>
        error.Contains("records cannot be used:\n", StringComparison.Ordinal) ? error.Split('\n')[1].TrimStart() : error.StartsWith(path, StringComparison.Ordinal) ? error : "?";
}
