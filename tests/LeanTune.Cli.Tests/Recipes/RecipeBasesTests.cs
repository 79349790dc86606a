using LeanTune.Cli.Recipes;
using LeanTune.Training;

namespace LeanTune.Cli.Tests.Recipes;

/// <summary>What a recipe says stands over what it builds on, and each value keeps the place and the folder of the file that says it.</summary>
public sealed class RecipeBasesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RecipeBasesTests()
    {
        Directory.CreateDirectory(_folder.File("below/base"));
        File.WriteAllText(_folder.File("below/books.txt"), "x");
        Write("below/all.yaml", """
            model: {path: base, dtype: bf16}
            data:
              train: books.txt
              columns: {prompt: question, completion: answer}
            adapter:
              rank: 2
              alpha: 3
              target_modules: [q_proj, v_proj]
            sample: {prompt: x}
            output: runs/below
            """);
    }

    [Fact]
    public void Sections_merge_key_by_key_and_everything_else_is_replaced()
    {
        FineTuneOptions options = Load("""
            extends: below/all.yaml
            data: {columns: {prompt: asked}}
            adapter: {rank: 4, target_modules: [k_proj]}
            output: runs/own
            """).Stated;

        options.Adapter.Rank.ShouldBe(4);
        options.Adapter.Alpha.ShouldBe(3);
        options.Adapter.TargetModules.ShouldBe(["k_proj"]);
        options.Model.ShouldBe(new ModelOptions { Path = "base", Dtype = WeightType.Bf16 });
        options.Data.Train[0].Columns.ShouldBe([new("prompt", "asked"), new("completion", "answer")]);
        options.Output.ShouldBe("runs/own");
    }

    [Fact]
    public void Overrides_come_last_and_chains_count_from_the_bottom()
    {
        Write("below/more.yaml", "extends: all.yaml\nadapter: {rank: 5, dropout: 0.5}\n");

        FineTuneOptions options = Load("extends: below/more.yaml\nadapter: {dropout: 0.25}\n", "adapter.alpha=7").Stated;

        (options.Adapter.Rank, options.Adapter.Dropout, options.Adapter.Alpha).ShouldBe((5, 0.25, 7));
    }

    [Fact]
    public void An_empty_section_changes_nothing_and_null_takes_it_away()
    {
        Load("extends: below/all.yaml\nadapter:\n  # rank: 9\n").Stated.Adapter.Rank.ShouldBe(2);
        Load("extends: below/all.yaml\nsample:\n").Stated.Sample.ShouldNotBeNull();
        Load("extends: below/all.yaml\nsample: null\n").Stated.Sample.ShouldBeNull();
        Load("extends: below/all.yaml\nadapter: ~\n").Stated.Adapter.Rank.ShouldBe(8);
    }

    [Fact]
    public void Paths_start_at_the_folder_of_the_file_that_says_them()
    {
        Directory.CreateDirectory(_folder.File("own"));
        File.WriteAllText(_folder.File("own.txt"), "x");

        FineTuneOptions options = Load("extends: below/all.yaml\ndata: {validation: own.txt}\nadapter: {continue_from: own}\n").Resolve();

        options.Model.Path.ShouldBe(_folder.File("below/base"));
        options.Data.Train.ToString().ShouldBe(_folder.File("below/books.txt"));
        options.Data.Validation!.ToString().ShouldBe(_folder.File("own.txt"));
        options.Adapter.ContinueFrom.ShouldBe(_folder.File("own"));
        // What --set gives starts where the recipe stands.
        Load("extends: below/all.yaml\n", "data.train=own.txt").Resolve().Data.Train.ToString().ShouldBe(_folder.File("own.txt"));
        Refusal("extends: below/all.yaml\n", "data.train=books.txt").ShouldContain($"and '{_folder.File("books.txt")}')");
    }

    [Fact]
    public void What_is_wrong_below_is_told_with_its_place_there()
    {
        Write("below/wrong.yaml", "extends: all.yaml\nadapter:\n  rank: 0\n");
        Refusal("extends: below/wrong.yaml\n").ShouldBe($"{_folder.File("below/wrong.yaml")}:3:9: adapter.rank: expected at least 1; found 0");
        Write("below/wrong.yaml", "extends: all.yaml\nadapter:\n  rnak: 1\n");
        Refusal("extends: below/wrong.yaml\n").ShouldStartWith($"{_folder.File("below/wrong.yaml")}:3:3: unknown key 'rnak' in 'adapter'; did you mean 'rank'?");
    }

    [Theory]
    [InlineData("extends: below/al.yaml", ":1:10: extends: recipe not found (looked for '{0}below/al.yaml'); did you mean '{0}below/all.yaml'?")]
    [InlineData("extends: below", ":1:10: extends: expected a recipe; '{0}below' is a folder")]
    [InlineData("extends: [a.yaml, b.yaml]", ":1:10: extends: expected the path of one recipe, from this one's folder; found a list")]
    [InlineData("extends: {a: b}", ":1:10: extends: expected the path of one recipe, from this one's folder; found keys with values")]
    [InlineData("extends:", ":1:9: extends: expected the path of one recipe, from this one's folder; found nothing")]
    [InlineData("extends: r.yaml", ":1:10: extends: the recipes build on each other in a circle: {0}r.yaml → {0}r.yaml")]
    [InlineData("extend: below/all.yaml", ":1:1: unknown key 'extend' at the top level; did you mean 'extends'?")]
    public void What_is_no_recipe_to_build_on_is_refused_with_its_place(string yaml, string expected)
    {
        string root = _folder.Path + Path.DirectorySeparatorChar;
        Refusal(yaml + "\n").ShouldStartWith($"{_folder.File("r.yaml")}{expected.Replace("{0}", root, StringComparison.Ordinal)}");
    }

    [Fact]
    public void A_longer_circle_is_told_whole()
    {
        Write("a.yaml", "extends: b.yaml\n");
        Write("b.yaml", "extends: ./a.yaml\n");

        Refusal("extends: a.yaml\n").ShouldBe($"{_folder.File("b.yaml")}:1:10: extends: the recipes build on each other in a circle: {_folder.File("r.yaml")} → {_folder.File("a.yaml")} → {_folder.File("b.yaml")} → {_folder.File("a.yaml")}");
    }

    [Fact]
    public void A_chain_without_end_is_cut_off()
    {
        for (int i = 0; i < 40; i++)
            Write($"{i}.yaml", $"extends: {i + 1}.yaml\n");

        Refusal("extends: 0.yaml\n").ShouldContain("extends: more than 16 recipes build on each other");
    }

    [Fact]
    public void An_override_builds_on_nothing() =>
        Should.Throw<RecipeException>(() => Load("extends: below/all.yaml\n", "extends=x.yaml")).Message.ShouldStartWith("--set extends=x.yaml: 'extends' stands in a recipe file");

    [Fact]
    public void The_place_of_a_missing_key_is_the_recipe_itself() =>
        Refusal("extends: below/all.yaml\nmodel: {path: null}\n").ShouldStartWith($"{_folder.File("r.yaml")}:2:15: model.path: expected one value; found nothing");

    [Theory]
    [InlineData("data.train=${DATA}/x.jsonl", "data.train: '${DATA}/x.jsonl': recipes expand neither variables nor ~")]
    [InlineData("model.path=~/models/x", "model.path: '~/models/x': recipes expand")]
    [InlineData("output=${HOME}/runs", "output: '${HOME}/runs': recipes expand")]
    public void Variables_are_not_expanded_and_a_path_with_one_is_told_so(string set, string expected) =>
        Refusal("extends: below/all.yaml\n", set).ShouldStartWith($"--set {set}: {expected}");

    private void Write(string name, string yaml) => File.WriteAllText(_folder.File(name), yaml);

    private Recipe Load(string yaml, params string[] overrides)
    {
        Write("r.yaml", yaml);
        return Recipe.Load(_folder.File("r.yaml"), overrides);
    }

    private string Refusal(string yaml, params string[] overrides) => Should.Throw<RecipeException>(() => Load(yaml, overrides).Resolve()).Message;

    public void Dispose() => _folder.Dispose();
}
