using System.IO.Compression;
using System.Text;
using System.Text.Json;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

/// <summary>Every file kind gives the records that json, pandas and pyarrow give.</summary>
public sealed class GoldenRecordTests
{
    public static TheoryData<string> Names => GoldenFiles.Names();

    [Theory]
    [MemberData(nameof(Names))]
    public void Records_are_those_that_independent_readers_give(string name) => RequireRecords(name, GoldenFiles.Source(name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Gzip_changes_nothing(string name)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(name + ".gz");
        Gzip(Repository.Fixture("data/" + name), path);
        RequireRecords(name, GoldenFiles.Source(name) with { Path = path });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_kind_shows_in_the_content_where_that_can_be(string name)
    {
        if (Path.GetExtension(name) is ".csv" or ".tsv" or ".txt")
            return;
        using var folder = new TemporaryFolder();
        string path = folder.File("examples.data");
        File.Copy(Repository.Fixture("data/" + name), path);
        // One object on one line is a record, unless the name says .json.
        if (name is not ("alpaca.wrapped.json" or "alpaca.columns.json"))
            RequireRecords(name, GoldenFiles.Source(name) with { Path = path });
        path = folder.File("examples.json"); // As many JSONL files are called.
        File.Copy(Repository.Fixture("data/" + name), path);
        RequireRecords(name, GoldenFiles.Source(name) with { Path = path });
    }

    [Fact]
    public void Gzip_of_several_members_is_read_to_its_end()
    {
        using var folder = new TemporaryFolder();
        string one = folder.File("one.gz"), path = folder.File("text.jsonl.gz");
        Gzip(Repository.Fixture("data/text.jsonl"), one);
        File.WriteAllBytes(path, [.. File.ReadAllBytes(one), .. File.ReadAllBytes(one)]);
        RecordReader.Read(path, new DataSource { Path = path }).Count().ShouldBe(20);
    }

    [Theory]
    [InlineData("alpaca.csv", false)]
    [InlineData("messages.csv", true)]
    [InlineData("text.tsv", false)]
    [InlineData("text.semicolon.csv", true)]
    public void Tables_in_utf16_are_read(string name, bool bigEndian)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(name);
        File.WriteAllText(path, File.ReadAllText(Repository.Fixture("data/" + name)), new UnicodeEncoding(bigEndian, byteOrderMark: true));
        RequireRecords(name, GoldenFiles.Source(name) with { Path = path });
    }

    [Theory]
    [InlineData("text.csv")]
    [InlineData("alpaca.tsv")]
    [InlineData("alpaca.json")]
    [InlineData("messages.jsonl")]
    [InlineData("text.lines.txt")]
    public void A_byte_order_mark_and_carriage_returns_change_nothing(string name)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(name);
        string text = File.ReadAllText(Repository.Fixture("data/" + name));
        // A line break within a quoted cell would become another value.
        bool table = Path.GetExtension(name) is ".csv" or ".tsv";
        File.WriteAllText(path, table ? text : text.ReplaceLineEndings("\r\n"), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        RequireRecords(name, GoldenFiles.Source(name) with { Path = path });
    }

    [Fact]
    public void Every_record_knows_its_line_or_row()
    {
        Places("text.tsv").ShouldBe(["2", "3", "5", "6", "7", "8", "9", "10", "11", "12"]);
        Places("alpaca.json").ShouldBe(Lines("alpaca.json", line => line == "  {"));
        Places("text.paragraphs.txt").ShouldBe(["1", "4", "6"]);
        Places("messages.blank_lines.jsonl").ShouldBe(["2", "5"]);
        Places("text.zstd.parquet").ShouldBe(Enumerable.Range(1, 10).Select(row => "row " + row));
        Places("alpaca.columns.json").ShouldBe(Enumerable.Range(1, 5).Select(row => "row " + row));

        static IEnumerable<string> Places(string name) => RecordReader.Read(Repository.Fixture("data/" + name), GoldenFiles.Source(name))
            .Select(record => record.Place.IsRow ? $"row {record.Place.Number}" : $"{record.Place.Number}");
        static IEnumerable<string> Lines(string name, Func<string, bool> wanted) =>
            File.ReadAllLines(Repository.Fixture("data/" + name)).Index().Where(line => wanted(line.Item)).Select(line => $"{line.Index + 1}");
    }

    [Theory]
    [InlineData("text.jsonl")]
    [InlineData("messages.json")]
    [InlineData("alpaca.wrapped.json")]
    [InlineData("messages.blank_lines.jsonl")]
    public void A_record_of_json_can_be_read_again_where_it_stands(string name)
    {
        byte[] file = File.ReadAllBytes(Repository.Fixture("data/" + name));
        foreach (RawRecord record in RecordReader.Read(Repository.Fixture("data/" + name), GoldenFiles.Source(name)))
            JsonElement.DeepEquals(JsonElement.Parse(file.AsSpan((int)record.Offset, record.Length)), record.Fields).ShouldBeTrue();
    }

    private static void RequireRecords(string name, DataSource source)
    {
        JsonElement[] expected = GoldenFiles.Records(name);
        RawRecord[] records = [.. RecordReader.Read(source.Path, source)];
        records.ShouldAllBe(record => record.Problem == null);
        records.Length.ShouldBe(expected.Length);
        for (int i = 0; i < expected.Length; i++)
            JsonElement.DeepEquals(records[i].Fields, expected[i]).ShouldBeTrue($"{name}, record {i}: {records[i].Fields} instead of {expected[i]}");
    }

    internal static void Gzip(string from, string to)
    {
        using FileStream file = File.Create(to);
        using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        gzip.Write(File.ReadAllBytes(from));
    }
}
