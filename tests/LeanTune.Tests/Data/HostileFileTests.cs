using System.Diagnostics;
using System.Text;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

/// <summary>Hostile and damaged files end in one error of bounded length, in bounded time and memory.</summary>
public sealed class HostileFileTests
{
    [Fact]
    public void Hostile_lines_end_in_one_error()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("examples.jsonl");
        string[] lines =
        [
            new string('[', 100_000), "{\"text\":" + new string('[', 100_000), "{\"text\":" + string.Concat(Enumerable.Repeat("{\"a\":", 100_000)), "\0\0\0\0", "{\"text\": \"\0\"}", "\"",
            new string('9', 100_000), "{\"" + new string('x', 100_000) + "\": 1}", "{\"text\": " + new string('9', 100_000) + "}", "{\"text\": \"\\q\"}", "{\"\\ud800\": 1}",
            "{\"messages\": [" + string.Join(',', Enumerable.Repeat("1", 100_000)) + "]}", "{\"messages\": \"" + new string('[', 100_000) + "\"}",
            "{\"messages\": [{\"role\": \"" + new string('r', 100_000) + "\"}]}", "{\"text\": \"a\", \"label\": \"-" + new string('9', 10) + "\"}",
        ];
        foreach (string hostile in lines)
        {
            File.WriteAllText(path, hostile);
            string error = Fails(path);
            error.ShouldStartWith(path + ":1: ");
            error.Length.ShouldBeLessThan(path.Length + 600);
        }
    }

    [Theory]
    [InlineData("[1, 2]", ": 2 of 2 records cannot be used")]
    [InlineData("[{\"text\": \"a\"}] x", ":1: expected the end of the file after the JSON array; something follows")]
    [InlineData("[{\"text\": \"a\"},, {\"text\": \"b\"}]", ":1: not valid JSON at byte 16 of the line")]
    [InlineData("{\"a\": {\"text\": \"b\"}}", ": expected an array of objects, an object that holds one, or an object of columns of one length; found an object with 'a'")]
    [InlineData("{\"a\": [{\"text\": \"a\"}], \"b\": [{\"text\": \"b\"}]}", ": holds several arrays of records ('a', 'b'): say which is meant by its key")]
    [InlineData("{\"a\": [", ": the JSON is cut off: the file ends on line 1 before its closing brace")]
    [InlineData("[[\"a\", \"b\"]]", ":1: expected an object, found an array; where each record is a row of cells, name the cells (fields)")]
    [InlineData("x", ":1: expected a JSON array of objects, or an object with one")]
    [InlineData(" \n ", ": holds no records")]
    [InlineData("[]", ": holds no records")]
    [InlineData("[{\"text\": \"\\ud83d\"}]", ":1: field 'text' holds an unpaired surrogate")]
    [InlineData("[{\"text\": \"a\", \"text\": \"b\"}]", ":1: field 'text' occurs twice")]
    public void A_json_file_that_cannot_be_used_says_why(string json, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("examples.json");
        File.WriteAllText(path, json);
        Fails(path).ShouldStartWith(path + expected);
    }

    [Theory]
    [InlineData("prompt,completion\na,\"b\"c\n", ":2: text follows the closing quote of a cell; a quote within a quoted cell is written twice")]
    [InlineData("prompt,prompt\na,b\n", ":1: the column 'prompt' occurs twice in the header; where the first row is no header, name the columns (fields)")]
    [InlineData("prompt,completion\na,b\0\n", ":2: expected text, found a NUL character at byte 4 of the record")]
    [InlineData("prompt,completion\n\"x\ny\",b,c\n", ":2: expected 2 cells, found 3")]
    [InlineData("prompt,completion\n\n\nx\n", ":4: expected 2 cells, found 1")]
    [InlineData("prompt;completion\na,b\n", ":2: expected 2 cells, found 1")]
    public void A_table_that_cannot_be_used_says_why(string csv, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("examples.csv");
        File.WriteAllText(path, csv);
        Fails(path).ShouldBe(path + expected);
    }

    [Fact]
    public void Quotes_that_stand_within_a_cell_without_quotes_are_what_they_look_like()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("examples.csv");
        File.WriteAllText(path, "prompt,completion\n5\" pipe,\"a \"\"b\"\"\"\n");
        ExampleReader.Read(new DataSource { Path = path }).Cast<PromptCompletionExample>().Single().ShouldSatisfyAllConditions(e => e.Prompt.ShouldBe("5\" pipe"), e => e.Completion.ShouldBe("a \"b\""));
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_named_in_every_kind_of_file()
    {
        using var folder = new TemporaryFolder();
        foreach ((string name, string before, string after, int line) in new[]
        {
            ("a.jsonl", "{\"text\": \"a\"}\n{\"text\": \"", "\"}", 2), ("a.json", "[{\"text\": \"a\"},\n{\"text\": \"", "\"}]", 2), ("a.csv", "text\na\n", "x\n", 3), ("a.tsv", "text\na\n", "x\n", 3),
        })
        {
            string path = folder.File(name);
            File.WriteAllBytes(path, [.. Encoding.UTF8.GetBytes(before), 0xE9, .. Encoding.UTF8.GetBytes(after)]);
            Fails(path).ShouldStartWith($"{path}:{line}: expected UTF-8, found an invalid byte at byte ");
        }
    }

    [Fact]
    public void A_line_of_a_hundred_megabytes_is_passed_over_and_named()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("examples.jsonl");
        WriteRun(path, "{\"text\": \"a\"}\n{\"text\": \"", 100 << 20, "\"}\n{\"text\": \"b\"}\n");
        Fails(path).ShouldBe($"{path}:2: the line is longer than 64 MiB; expected one JSON object a line");
        ExampleReader.Read(new DataSource { Path = path, OnError = RecordErrors.Skip }).Count().ShouldBe(2);
    }

    [Theory]
    [InlineData("a.json", "[{\"text\": \"", "\"}]", ":1: the record is longer than 64 MiB")]
    [InlineData("a.csv", "text\na\n\"", "\nb\n", ": from line 3 on: a record is longer than 64 MiB; perhaps a quote is never closed")]
    public void What_would_not_fit_into_memory_names_the_limit(string name, string before, string after, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(name);
        WriteRun(path, before, 300 << 20, after);
        Fails(path).ShouldStartWith(path + expected);
    }

    [Theory]
    [InlineData("messages.jsonl")]
    [InlineData("alpaca.json")]
    [InlineData("alpaca.csv")]
    [InlineData("text.snappy.parquet")]
    [InlineData("text.lines.txt")]
    public void Gzip_that_is_cut_off_or_damaged_is_an_error(string name)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(name + ".gz");
        GoldenRecordTests.Gzip(Repository.Fixture("data/" + name), path);
        byte[] whole = File.ReadAllBytes(path);
        foreach (int length in new[] { 12, whole.Length / 2, whole.Length - 9, whole.Length - 1 })
        {
            File.WriteAllBytes(path, whole[..length]);
            Fails(path, DataFormat.Text).ShouldContain("the gzip data are damaged or cut off after ");
        }

        whole[^6] ^= 1; // The checksum.
        File.WriteAllBytes(path, whole);
        Fails(path, DataFormat.Text).ShouldContain("the gzip data are damaged or cut off after ");
    }

    [Theory]
    [InlineData("text.snappy.parquet")]
    [InlineData("sharegpt.snappy.parquet")]
    [InlineData("text.gzip.parquet")]
    public void Parquet_that_is_cut_off_ends_in_an_error(string name)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(name);
        byte[] whole = File.ReadAllBytes(Repository.Fixture("data/" + name));
        for (int length = 0; length < whole.Length; length += 97)
        {
            File.WriteAllBytes(path, whole[..length]);
            Fails(path).ShouldContain(path);
        }
    }

    [Theory]
    [InlineData("text.snappy.parquet")]
    [InlineData("sharegpt.snappy.parquet")]
    [InlineData("text.gzip.parquet")]
    public void Parquet_that_is_damaged_ends_in_an_error_or_in_records(string name)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(name);
        byte[] whole = File.ReadAllBytes(Repository.Fixture("data/" + name));
        var random = new Random(7);
        var clock = Stopwatch.StartNew();
        for (int trial = 0; trial < 300; trial++)
        {
            byte[] damaged = [.. whole];
            // The byte before the footer's length ends the footer: without it the library alone reads on for ever.
            int[] places = [.. Enumerable.Range(0, random.Next(1, 4)).Select(i => i == 0 && trial % 5 == 0 ? whole.Length - 9 : random.Next(4, whole.Length))];
            foreach (int at in places)
                damaged[at] = (byte)random.Next(1, 256);
            File.WriteAllBytes(path, damaged);
            try
            {
                _ = RecordReader.Read(path, new DataSource { Path = path }).Count();
            }
            catch (DataException error)
            {
                error.Message.ShouldStartWith(path, customMessage: $"trial {trial}: bytes {string.Join(", ", places)}");
            }

            clock.Elapsed.TotalSeconds.ShouldBeLessThan(120);
        }
    }

    private static string Fails(string path, DataFormat format = DataFormat.Auto) =>
        Should.Throw<DataException>(() => ExampleReader.Read(new DataSource { Path = path, Format = format }).Count()).Message;

    private static void WriteRun(string path, string before, int length, string after)
    {
        using FileStream file = File.Create(path);
        file.Write(Encoding.UTF8.GetBytes(before));
        byte[] run = new byte[1 << 20];
        run.AsSpan().Fill((byte)'x');
        for (int left = length; left > 0; left -= run.Length)
            file.Write(run);
        file.Write(Encoding.UTF8.GetBytes(after));
    }
}
