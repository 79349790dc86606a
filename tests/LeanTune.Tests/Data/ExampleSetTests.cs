using System.Text.Json;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

public sealed class ExampleSetTests
{
    private const int End = 2;

    [Theory]
    [InlineData("prompt_completion.jsonl")]
    [InlineData("text.jsonl")]
    [InlineData("text.no_final_newline.jsonl")]
    public void Records_are_those_that_python_reads(string file)
    {
        using var expected = JsonDocument.Parse(File.ReadAllText(Repository.Fixture("data/expected.json")));
        JsonElement[] records = [.. expected.RootElement.GetProperty("files").GetProperty(file).GetProperty("records").EnumerateArray()];
        var encoder = new WordEncoder();
        ExampleSet set = ExampleSet.Load(Repository.Fixture("data/" + file), DataFormat.Auto, encoder, 1000, appendEndToken: false);
        set.Select(example => encoder.Decode(example.Ids)).ShouldBe(records.Select(Text));
        set.Select(example => example.Line).ShouldBe(Enumerable.Range(1, records.Length));

        static string Text(JsonElement record) => record.TryGetProperty("text", out JsonElement text)
            ? text.GetString()!
            : record.GetProperty("prompt").GetString() + record.GetProperty("completion").GetString();
    }

    [Fact]
    public void What_is_cut_and_dropped_is_counted_and_told()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("pairs.jsonl");
        File.WriteAllLines(path,
        [
            "{\"prompt\": \"aa\", \"completion\": \" bb\", \"id\": 1}",
            "{\"prompt\": \"aa aa aa\", \"completion\": \" bb bb bb bb\", \"id\": 2}",
            "{\"prompt\": \"aa aa aa aa aa\", \"completion\": \" bb\", \"source\": null}",
        ]);
        var notices = new List<string>();
        ExampleSet set = ExampleSet.Load(path, DataFormat.Auto, new WordEncoder(end: End), 5, appendEndToken: true, notices.Add);
        set.Counts.ShouldBe(new DatasetCounts(Read: 3, Truncated: 1, Dropped: 1, Tokens: 3 + 5, SupervisedTokens: 2 + 2));
        notices.ShouldBe(
        [
            $"{path}: fields that are not used: 'id', 'source'",
            $"{path}: 1 of 3 examples are longer than 5 tokens and were cut at the end",
            $"{path}: 1 of 3 examples have no target within 5 tokens and were dropped",
        ]);
    }

    [Fact]
    public void A_format_that_is_given_wins_over_extension_and_other_fields()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("examples.data");
        File.WriteAllText(path, "{\"prompt\": \"aa\", \"completion\": \" bb\", \"text\": \"cc cc\"}");
        var encoder = new WordEncoder();
        Texts(DataFormat.PromptCompletion).ShouldBe("aa bb");
        Texts(DataFormat.Text).ShouldBe("cc cc");
        Texts(DataFormat.Windows).ShouldBe(File.ReadAllText(path));
        Should.Throw<DataException>(() => Texts(DataFormat.Auto)).Message.ShouldContain("holds 'prompt' and 'completion' beside 'text'");
        File.WriteAllText(path, "aa bb");
        Should.Throw<DataException>(() => Texts(DataFormat.Auto)).Message.ShouldContain("expected a .jsonl, .json, .csv, .tsv, .parquet or .txt file");

        string Texts(DataFormat format) => encoder.Decode(ExampleSet.Load(path, format, encoder, 100, appendEndToken: false).Single().Ids);
    }

    [Fact]
    public void A_missing_file_gives_its_full_path_and_the_nearest_name()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("train.jsonl"), "");
        Fails(folder.File("trian.jsonl")).ShouldBe($"File not found: '{folder.File("trian.jsonl")}', did you mean 'train.jsonl'?");
        Fails(folder.File("something else")).ShouldBe($"File not found: '{folder.File("something else")}'.");
        Fails(folder.File("no/file.jsonl")).ShouldEndWith($"'{folder.Path}' has no 'no'.");
        Fails("nowhere.jsonl").ShouldContain(Path.GetFullPath("nowhere.jsonl"));
        Fails("").ShouldContain("the path is empty");
        Fails(folder.Path).ShouldBe($"{folder.Path}: holds no records");
        File.Move(folder.File("train.jsonl"), folder.File("train.md"));
        Fails(folder.Path).ShouldContain("expected a folder of files of examples (.jsonl, ");
        Fails(folder.Path).ShouldContain("found none among its 1 entries");

        static string Fails(string path) =>
            Should.Throw<DataException>(() => ExampleSet.Load(path, DataFormat.Auto, new WordEncoder(), 64, appendEndToken: false)).Message;
    }

    [Fact]
    public void An_end_token_that_the_tokenizer_lacks_is_an_error()
    {
        string path = Repository.Fixture("data/text.jsonl");
        Should.Throw<DataException>(() => ExampleSet.Load(path, DataFormat.Auto, new WordEncoder(), 64, appendEndToken: true))
            .Message.ShouldContain("the tokenizer names none; set \"eos_token\"");
    }

    [Fact]
    public void Records_are_held_out_by_their_content()
    {
        TokenizedExample[] examples = [.. Enumerable.Range(0, 400).Select(i => new TokenizedExample([1, i, i % 7], [false, true, true], "f", i))];
        var set = new ExampleSet(examples);
        (ExampleSet train, ExampleSet held) = set.Split(0.3);
        held.Count.ShouldBeInRange(90, 150);
        train.Concat(held).OrderBy(example => example.Line).ShouldBe(examples);
        new ExampleSet([.. examples.Reverse()]).Split(0.3).Held.Reverse().ShouldBe(held);
        (train.Counts.Tokens + held.Counts.Tokens).ShouldBe(set.Counts.Tokens);
        set.Split(0.000001).Held.Count.ShouldBe(1);
        set.Split(0.999999).Train.Count.ShouldBe(1);
        set.Split(0).Held.ShouldBeEmpty();
        Should.Throw<ArgumentOutOfRangeException>(() => set.Split(1));
        Should.Throw<DataException>(() => set.Take(1).Split(0.5));
    }

    [Fact]
    public void The_last_windows_are_held_out()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.txt"), string.Concat(Enumerable.Range(0, 100).Select(i => $"aa{i} ")));
        ExampleSet set = ExampleSet.Load(folder.Path, DataFormat.Auto, new WordEncoder(), 10, appendEndToken: false);
        (ExampleSet train, ExampleSet held) = set.Split(0.3);
        int kept = set.Count - (int)Math.Round(0.3 * set.Count);
        train.ShouldBe(set.Take(kept));
        held.ShouldBe(set.Skip(kept));
        set.Take(set.Count - 1).Split(0.001).Held.ShouldBe([set[set.Count - 2]]);
    }

    [Fact]
    public void A_fingerprint_tells_sets_apart()
    {
        var example = new TokenizedExample([1, 2, 3], [false, true, true], "a", 1);
        string print = new ExampleSet([example, example]).Fingerprint();
        new ExampleSet([example with { Source = "b" }, example]).Fingerprint().ShouldBe(print);
        new ExampleSet([example]).Fingerprint().ShouldNotBe(print);
        new ExampleSet([example, example with { Ids = [1, 2, 4] }]).Fingerprint().ShouldNotBe(print);
        new ExampleSet([example, example with { Supervised = [false, false, true] }]).Fingerprint().ShouldNotBe(print);
    }
}
