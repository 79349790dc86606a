using System.Text.Json;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

public sealed class BrokenFileTests
{
    private static readonly string[] Readable = ["broken/bom.jsonl", "broken/crlf.jsonl", "broken/numbers_as_strings.jsonl"];

    public static TheoryData<string, int?, int> BrokenFiles()
    {
        var rows = new TheoryData<string, int?, int>();
        using var list = JsonDocument.Parse(File.ReadAllText(Repository.Fixture("data/broken.json")));
        foreach (JsonElement entry in list.RootElement.EnumerateArray())
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
        {
            ExampleSet.Load(path, DataFormat.Auto, new WordEncoder(end: 2), 64, appendEndToken: true).Count.ShouldBe(readable);
            return;
        }

        DataException error = Fails(path);
        // Records of chats are not read yet at all: the first line is the first that cannot be used.
        int? expected = file == "broken/missing_turns.jsonl" ? 1 : line;
        error.Message.ShouldContain(expected is null ? path + ": " : $"{path}:{expected}: ");
    }

    [Theory]
    [InlineData("{\"prompt\": \"a\", \"completions\": \"b\"}", "field 'completion' is missing; found 'prompt', 'completions' (did you mean 'completion'?)")]
    [InlineData("{\"Text\": \"a\"}", "expected the fields 'prompt' and 'completion', or 'text'; found 'Text' (did you mean 'text'?)")]
    [InlineData("{\"question\": \"a\", \"answer\": \"b\"}", "expected the fields 'prompt' and 'completion', or 'text'; found 'question', 'answer'")]
    [InlineData("{}", "expected the fields 'prompt' and 'completion', or 'text'; found no field at all")]
    [InlineData("{\"prompt\": 3, \"completion\": \"b\"}", "field 'prompt' must be a string, but is a number")]
    [InlineData("{\"prompt\": \"a\", \"completion\": [\"b\"]}", "field 'completion' must be a string, but is an array")]
    [InlineData("{\"prompt\": \"a\", \"completion\": null}", "field 'completion' must be a string, but is null")]
    [InlineData("{\"prompt\": \"a\", \"completion\": \"\"}", "field 'completion' is empty: nothing to train on")]
    [InlineData("{\"text\": \"\"}", "field 'text' is empty: nothing to train on")]
    [InlineData("{\"text\": \"a\", \"prompt\": \"b\"}", "holds 'text' beside 'prompt' or 'completion': expected one format a file; set the data format to say which is meant")]
    [InlineData("{\"text\": \"a\\ud83d\"}", "field 'text' holds an unpaired surrogate (half of a \\uD8xx\\uDCxx pair)")]
    [InlineData("[1]", "expected one JSON object a line, found an array")]
    [InlineData("{\"text\": \"a\", \"text\": \"b\"}", "field 'text' occurs twice")]
    [InlineData("{\"text\": tru}", "not valid JSON at byte 13 of the line: 'tru}' is an invalid JSON literal. Expected the literal 'true'")]
    public void A_record_that_cannot_be_used_says_why(string record, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("examples.jsonl");
        File.WriteAllText(path, "\n" + record + "\n");
        Fails(path).Message.ShouldBe($"{path}:2: {expected}");
    }

    [Fact]
    public void Several_bad_records_are_one_error_with_the_first_five_and_a_count()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("examples.jsonl");
        File.WriteAllLines(path, Enumerable.Range(1, 20).Select(i => i % 2 == 0 ? "{\"text\": 1}" : "{\"text\": \"good\"}"));
        string[] lines = Fails(path).Message.Split('\n');
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
        Fails(path).Message.ShouldBe($"{path}:2: field 'prompt' is missing (the format of this file since line 1); found 'text'");
    }

    [Fact]
    public void Hostile_lines_end_in_one_error()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("examples.jsonl");
        foreach (string hostile in new[] { new string('[', 100_000), "{\"text\":" + new string('[', 100_000), "\0\0\0\0", "{\"text\": \"\0\"}", "\"", new string('9', 100_000), "{\"" + new string('x', 100_000) + "\": 1}" })
        {
            File.WriteAllText(path, hostile);
            DataException error = Fails(path);
            error.Message.ShouldStartWith(path + ":1: ");
            error.Message.Length.ShouldBeLessThan(path.Length + 300);
        }
    }

    private static DataException Fails(string path) =>
        Should.Throw<DataException>(() => ExampleSet.Load(path, DataFormat.Auto, new WordEncoder(), 64, appendEndToken: false));
}
