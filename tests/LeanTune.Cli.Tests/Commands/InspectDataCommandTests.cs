using System.Text.Json;
using LeanTune.Cli.Commands.InspectData;
using Spectre.Console.Testing;

namespace LeanTune.Cli.Tests.Commands;

public sealed class InspectDataCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public InspectDataCommandTests()
    {
        TinyModel.Prepare(_folder);
        File.WriteAllLines(_folder.File("pairs.jsonl"),
        [
            """{"prompt": "The <b>whale</b>", "completion": " swam."}""",
            """{"prompt": "The ship", "completion": " sank.", "id": 7}""",
            """{"prompt": "The ship", "completion": " sank."}""",
            $$"""{"prompt": "The sea", "completion": "{{string.Concat(Enumerable.Repeat(" and the sea", 20))}}"}""",
            $$"""{"prompt": "{{string.Concat(Enumerable.Repeat("the sea and ", 20))}}", "completion": " was calm."}""",
        ]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_shown_with_brackets_around_what_is_trained()
    {
        ToolRun run = Inspect("--set", "data.max_length=32", "--examples", "4");

        run.Code.ShouldBe(ExitCode.Done, run.Error);
        run.Output.ShouldContain("The <b>whale</b>⟦ swam.<|endoftext|>⟧\n");
        run.Output.ShouldContain("The ship⟦ sank.<|endoftext|>⟧\n");
        run.Output.ShouldMatch(@"examples +4\n");
        run.Output.ShouldMatch(@"cut +1 longer than 32 tokens\n");
        run.Output.ShouldContain($"dropped   1 without a target within 32 tokens: {_folder.File("pairs.jsonl")}:5\n");
        run.Output.ShouldContain($"warning: 1 of 4 training examples repeat another: {_folder.File("pairs.jsonl")}:3 is the same as {_folder.File("pairs.jsonl")}:2\n");
        run.Output.ShouldContain("note:    " + _folder.File("pairs.jsonl") + ": fields that are not used: 'id'\n");
        run.Output.ShouldMatch(@"pairs\.jsonl:4: 32 tokens, cut from \d+, \d+ trained\n");
    }

    [Fact]
    public void What_packing_would_save_is_told()
    {
        // 59 tokens: one example cut to 32, and three short ones that fit into a row. 69 of 128 and 5 of 64 tokens are padding.
        string output = Inspect("--set", "data.max_length=32", "--set", "training.batch_size=4").Output;
        output.ShouldMatch(@"batches +1 an epoch, 4 rows: 128 tokens computed, 53\.9 % of them padding\n");
        output.ShouldMatch(@"packed +1 an epoch, 2 rows: 64 tokens computed, 7\.81 % of them padding \(data\.packing: true\)\n");
        JsonElement json = JsonElement.Parse(Inspect("--json", "--set", "data.max_length=32", "--set", "data.packing=true").Output);
        json.GetProperty("packed").ValueKind.ShouldBe(JsonValueKind.Null);
        JsonElement batches = json.GetProperty("batches");
        batches.GetProperty("padded_tokens").GetInt64().ShouldBe(64);
        batches.GetProperty("real_tokens").GetInt64().ShouldBe(json.GetProperty("train").GetProperty("tokens").GetInt64());
    }

    [Fact]
    public void Colour_takes_the_brackets_place()
    {
        using TestConsole console = new TestConsole().Width(80).Interactive();
        using StringWriter error = new();
        CommandLine.Run(Arguments(), console, error, (_, _, _) => throw new InvalidOperationException()).ShouldBe(ExitCode.Done);
        console.Output.ShouldContain("The ship\u001b[32;4m sank.<|endoftext|>\u001b[0m");
        console.Output.ShouldNotContain("⟦");
    }

    [Fact]
    public void Json_holds_the_same_numbers_and_texts()
    {
        JsonElement json = JsonElement.Parse(Inspect("--json", "--set", "data.max_length=32", "--examples", "9").Output);

        JsonElement train = json.GetProperty("train");
        train.GetProperty("examples").GetInt32().ShouldBe(4);
        train.GetProperty("cut").GetInt32().ShouldBe(1);
        train.GetProperty("dropped").GetInt32().ShouldBe(1);
        JsonElement[] shown = [.. train.GetProperty("shown").EnumerateArray()];
        shown.Length.ShouldBe(4);
        shown.Sum(example => example.GetProperty("tokens").GetInt32()).ShouldBe(train.GetProperty("tokens").GetInt32());
        shown.Sum(example => example.GetProperty("trained_tokens").GetInt32()).ShouldBe(train.GetProperty("trained_tokens").GetInt32());
        shown[1].GetProperty("pieces").EnumerateArray().Select(piece => (piece.GetProperty("text").GetString(), piece.GetProperty("trained").GetBoolean()))
            .ShouldBe([("The ship", false), (" sank.<|endoftext|>", true)]);
        train.GetProperty("histogram").EnumerateArray().Sum(range => range.GetProperty("count").GetInt32()).ShouldBe(5);
        json.GetProperty("held").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public void A_page_stands_by_itself_and_marks_what_is_trained()
    {
        ToolRun run = Inspect("--html", _folder.File("page.html"));

        run.Output.ShouldContain($"Page: {_folder.File("page.html")}");
        string page = File.ReadAllText(_folder.File("page.html"));
        page.ShouldContain("<pre>The &lt;b&gt;whale&lt;/b&gt;<mark> swam.&lt;|endoftext|&gt;</mark></pre>");
        page.ShouldNotContain("<b>whale");
        foreach (string beside in new[] { "<script", "<link", "src=", "http:", "https:", "url(", "@import" })
            page.ShouldNotContain(beside);
    }

    [Fact]
    public void A_recipe_shows_what_is_held_out_and_what_leaks()
    {
        File.Copy(_folder.File("pairs.jsonl"), _folder.File("held.jsonl"));
        string recipe = Recipe("train: pairs.jsonl, validation: held.jsonl");

        ToolRun run = ToolRun.Of("inspect", "data", recipe);

        run.Code.ShouldBe(ExitCode.Done, run.Error);
        run.Output.ShouldContain("Held-out examples");
        run.Output.ShouldContain("warning: 5 of 5 held-out examples are also trained on, such as ");
        run.Output.ShouldContain($"--- held out, {_folder.File("held.jsonl")}:1: ");
    }

    [Fact]
    public void What_would_stop_a_run_has_the_exit_code_that_the_run_would_have()
    {
        string config = _folder.File("base/config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"vocab_size\": 4096", "\"vocab_size\": 8", StringComparison.Ordinal));

        ToolRun run = Inspect();

        run.Code.ShouldBe(ExitCode.Data);
        run.Output.ShouldContain("stops:   ");
        run.Output.ShouldContain("but the model knows 8 tokens: tokenizer and model do not belong together");
    }

    [Fact]
    public void What_cannot_be_looked_at_is_a_clear_error()
    {
        ToolRun.Of("inspect", "data", _folder.File("pairs.jsonl")).Error.ShouldContain("for a file of examples name the model, whose tokenizer cuts them: --model DIR");
        Inspect("--set", "data.colums.a=b").Error.ShouldContain("unknown key 'colums' in 'data'; did you mean 'columns'?");
        ToolRun.Of("inspect", "data", _folder.File("pears.jsonl"), "--model", _folder.File("base")).Error.ShouldContain("did you mean");
        Inspect("--examples", "-1").Code.ShouldBe(ExitCode.Usage);
        File.WriteAllText(_folder.File("pairs.jsonl"), "{\"prompt\": 1}");
        ToolRun broken = Inspect();
        broken.Code.ShouldBe(ExitCode.Data);
        broken.Error.ShouldContain("pairs.jsonl:1: field 'prompt' must be a string");
    }

    [Theory]
    [InlineData(new[] { 5 }, 1, 5, 5)]
    [InlineData(new[] { 1, 1, 13 }, 13, 1, 13)]
    [InlineData(new[] { 7, 1000 }, 11, 0, 1099)]
    public void Ranges_hold_every_length_once(int[] lengths, int ranges, int from, int to)
    {
        IReadOnlyList<LengthRange> made = LengthHistogram.Of(lengths);

        (made.Count, made[0].From, made[^1].To).ShouldBe((ranges, from, to));
        made.ShouldAllBe(range => range.Count == lengths.Count(length => length >= range.From && length <= range.To));
        made.Zip(made.Skip(1)).ShouldAllBe(pair => pair.First.To + 1 == pair.Second.From);
    }

    [Fact]
    public void The_longest_hundredth_does_not_squeeze_the_others()
    {
        IReadOnlyList<LengthRange> made = LengthHistogram.Of([.. Enumerable.Range(1, 99), 100_000]);

        made.Count.ShouldBeGreaterThan(8);
        made[^1].To.ShouldBe(100_000);
        made.Sum(range => range.Count).ShouldBe(100);
    }

    private string Recipe(string data)
    {
        string path = _folder.File("r.yaml");
        File.WriteAllText(path, $"model: {{path: base}}\ndata: {{{data}}}\noutput: {_folder.File("out")}\n");
        return path;
    }

    private string[] Arguments(params string[] more) => ["inspect", "data", _folder.File("pairs.jsonl"), "--model", _folder.File("base"), .. more];

    private ToolRun Inspect(params string[] more) => ToolRun.Of(Arguments(more));
}
