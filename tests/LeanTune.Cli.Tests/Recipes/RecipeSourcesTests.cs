using LeanTune.Data;
using LeanTune.Cli.Recipes;
using LeanTune.Training;
using static LeanTune.Cli.Tests.Recipes.RecipeText;

namespace LeanTune.Cli.Tests.Recipes;

/// <summary>What a recipe says about its sources reaches them, and what it says wrongly is told with its place.</summary>
public class RecipeSourcesTests
{
    [Fact]
    public void A_source_alone_takes_the_keys_around_it()
    {
        DataOptions data = Data("""
            train: data/*.csv
            validation: held.csv
            format: classification
            columns: {label: category, "text": body}
            roles: {bot: assistant}
            on_error: skip
            fields: [a, b]
            separator: "||"
            quotes: false
            key: train
            text_unit: paragraph
            labels: [0, 1]
            label_names: {0: no, 1: "yes"}
            kind: csv
            any_turn_order: true
            prompt: "{text}?"
            completion: " {label}"
            """);

        DataSource train = data.Train.ShouldHaveSingleItem();
        train.Path.ShouldBe("data/*.csv");
        train.Columns.ShouldBe([new("label", "category"), new("text", "body")]);
        train.Roles.ShouldBe([new("bot", "assistant")]);
        train.Fields.ShouldBe(["a", "b"]);
        train.Labels.ShouldBe(["0", "1"]);
        train.LabelNames.ShouldBe([new("0", "no"), new("1", "yes")]);
        (train.Format, train.OnError, train.Separator, train.Quotes, train.Key, train.TextUnit, train.Kind, train.AnyTurnOrder, train.Prompt, train.Completion)
            .ShouldBe((DataFormat.Classification, RecordErrors.Skip, "||", false, "train", TextUnit.Paragraph, FileKind.Csv, true, "{text}?", " {label}"));
        data.Validation!.ShouldHaveSingleItem().ShouldBe(train with { Path = "held.csv" });
    }

    [Fact]
    public void Each_of_several_sources_says_what_differs()
    {
        DataOptions data = Data("""
            train:
              - a.jsonl
              - {path: b.csv, weight: 0.5, format: text, beside: c.txt, fields: [x, y]}
              - path: c.jsonl
            format: messages
            """);

        data.Train.Select(source => (source.Path, source.Weight, source.Format)).ShouldBe(
            [("a.jsonl", 1, DataFormat.Messages), ("b.csv", 0.5, DataFormat.Text), ("c.jsonl", 1, DataFormat.Messages)]);
        data.Train[1].Beside.ShouldBe(["c.txt"]);
        data.Train.ToString().ShouldBe("a.jsonl, b.csv, c.jsonl");
    }

    [Fact]
    public void An_override_may_be_a_list_or_one_column()
    {
        DataOptions data = Bind(Minimal, "data.train=[{path: a, weight: 2}, b]", "data.columns.prompt=question").Data;

        data.Train.Select(source => source.Weight).ShouldBe([2, 1]);
        data.Train.ShouldAllBe(source => source.Columns["prompt"] == "question");
    }

    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        FineTuneOptions options = Bind(Minimal, "data.train=[{path: 'a b', weight: 0.5, columns: {prompt: 'x: y', completion: z}}, {path: c, label_names: {0: 'no'}}]", "data.validation=d", "data.prompt='{label}\n'");

        DataOptions again = Bind(RecipeWriter.Write(options)).Data;

        RecipeWriter.Write(options with { Data = again }).ShouldBe(RecipeWriter.Write(options));
        again.Train[0].Columns.ShouldBe(options.Data.Train[0].Columns);
        again.Train[1].LabelNames.ShouldBe([new("0", "no")]);
        again.Train[1].Prompt.ShouldBe(options.Data.Train[1].Prompt);
        again.Validation.ShouldNotBeNull().Single().Path.ShouldBe("d");
    }

    [Theory]
    [InlineData("train: [a, {path: c, pth: b}]", "r.yaml:4:24: unknown key 'pth' in 'data.train[1]'; did you mean 'path'?")]
    [InlineData("train: {path: a, wieght: 2}", "r.yaml:4:20: unknown key 'wieght' in 'data.train'; did you mean 'weight'?")]
    [InlineData("train: [a, {weight: 2}]", "r.yaml:4:14: the key 'data.train[1].path' is missing")]
    [InlineData("train: [a, [b]]", "r.yaml:4:14: data.train[1]: expected a path, keys with values (path, weight, ")]
    [InlineData("train: []", "r.yaml:4:10: data.train: expected at least one source; found an empty list")]
    [InlineData("train: [a, '']", "r.yaml:4:14: data.train[1]: expected a value; found an empty text")]
    [InlineData("{train: a, weight: 2}", "r.yaml:4:14: unknown key 'weight' in 'data'; 'weight' belongs to one source, written as {path: ..., weight: ...}. Known here: ")]
    [InlineData("{train: a, colums: {}}", "r.yaml:4:14: unknown key 'colums' in 'data'; did you mean 'columns'?")]
    [InlineData("{train: a, columns: {promt: q}}", "r.yaml:4:31: data.train.columns.promt: 'promt' is a field of no format, did you mean 'prompt'?")]
    [InlineData("train: [a, {path: b, columns: {promt: q}}]", "r.yaml:4:41: data.train[1].columns.promt: 'promt' is a field of no format, did you mean 'prompt'?")]
    [InlineData("train: [{path: b, columns: {promt: q}}]", "r.yaml:4:38: data.train.columns.promt: ")]
    [InlineData("{train: a, columns: prompt}", "r.yaml:4:23: data.columns: expected names with values, such as {prompt: question}; found 'prompt'")]
    [InlineData("{train: a, columns: {prompt: [q]}}", "r.yaml:4:32: data.columns.prompt: expected a text; found a list")]
    [InlineData("{train: a, roles: {bot: asistant}}", "r.yaml:4:27: data.train.roles.bot: 'bot' stands for 'asistant'; expected one of system, developer, user, assistant, tool, did you mean 'assistant'?")]
    [InlineData("{train: a, on_error: ignore}", "r.yaml:4:24: data.on_error: expected one of stop, skip; found 'ignore'")]
    [InlineData("{train: [a, b], on_error: ignore}", "r.yaml:4:29: data.on_error: ")]
    [InlineData("train: [{path: a, weight: 0}]", "r.yaml:4:29: data.train.weight: expected a number above 0; found 0")]
    [InlineData("{train: a, validation: {path: b, weight: 2}}", "r.yaml:4:14: data.validation: every held-out example counts once")]
    [InlineData("{train: a, prompt: '{text'}", "r.yaml:4:22: data.train.prompt: the brace '{' at character 1 is not closed")]
    [InlineData("{train: a, prompt: x, format: messages}", "r.yaml:4:22: data.train.prompt: a template is for prompts with completions, classified texts and questions with choices")]
    [InlineData("{train: a, label_names: {0: x}, format: text}", "r.yaml:4:14: data.train.label_names: labels are part of classified texts alone")]
    public void What_does_not_fit_is_refused_with_its_place(string data, string expected)
    {
        string message = Refusal($"model:\n  path: base\ndata:\n  {data}\noutput: runs/x\n");

        message.ShouldStartWith(expected);
        message.Split(Environment.NewLine).Length.ShouldBe(1);
    }

    [Fact]
    public void Every_source_is_found_from_here_or_beside_the_recipe()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("base"));
        foreach (string name in new[] { "a.jsonl", "part-1.csv", "all.nl", "all.cm" })
            File.WriteAllText(folder.File(name), "x");
        string recipe = folder.File("r.yaml");
        File.WriteAllText(recipe, Minimal);
        string[] sources = ["data.train=[a.jsonl, 'part-*.csv', {path: all.nl, beside: all.cm, fields: [prompt, completion]}]"];

        DataSources found = Recipe.Load(recipe, sources).Resolve().Data.Train;

        found.Select(source => source.Path).ShouldBe([folder.File("a.jsonl"), folder.File("part-*.csv"), folder.File("all.nl")]);
        found[2].Beside.ShouldBe([folder.File("all.cm")]);
        string missing = Should.Throw<RecipeException>(() => Recipe.Load(recipe, ["data.train=[a.jsonl, 'prt-*.csv', b.jsonl]"]).Resolve()).Message;
        missing.ShouldContain("data.train[1]: no file matches this pattern (looked for ");
        missing.ShouldContain($"data.train[2]: file or folder not found (looked for ");
    }

    private static DataOptions Data(string yaml) =>
        Bind($"model: {{path: base}}\ndata:\n{string.Join('\n', yaml.Split('\n').Select(line => "  " + line))}\noutput: runs/x\n").Data;
}
