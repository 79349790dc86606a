using LeanTune.Cli.Commands;
using LeanTune.Cli.Recipes;
using LeanTune.Cli.Tests.Display;
using LeanTune.Cli.Tests.Recipes;
using LeanTune.Data;
using LeanTune.Training;
using Spectre.Console.Testing;

namespace LeanTune.Cli.Tests.Commands;

public class TrainCommandTests
{
    [Fact]
    public void A_run_is_shown_summed_up_and_its_recipe_saved()
    {
        using TemporaryFolder folder = Prepare();
        FineTuneOptions? seen = null;

        (int code, string output, string error) = Run(folder, (options, observe, _) =>
        {
            seen = options;
            RecordedRun.Play(observe);
            return new(RecordedRun.Steps, false, folder.File("out/adapter"));
        }, "adapter.rank=3");

        code.ShouldBe(ExitCode.Done);
        error.ShouldBeEmpty();
        seen!.Adapter.Rank.ShouldBe(3);
        output.ShouldContain("step=12/12 loss=3.3000");
        output.ShouldContain("│ this run                    │ 12.4 MB │ 1.53 % │ 96.2 MB │ 7.76 % │");
        output.ShouldContain($"Adapter: {folder.File("out/adapter")}\n");
        output.ShouldContain($"leantune generate --model {folder.File("base")} --adapter {folder.File("out/adapter")} --prompt 'Once upon a time'\n");
        output.ShouldContain($"To look at it:\n  ");
        output.ShouldContain($" report {folder.File("out")}\n");
        output.Split('\n').Where(line => !line.Contains('=', StringComparison.Ordinal) && !line.Contains(folder.Path, StringComparison.Ordinal))
            .ShouldAllBe(line => line.Length <= 84);

        FineTuneOptions again = Recipe.Load(folder.File("out/recipe.yaml"), []).Resolve();
        RecipeWriter.Write(again).ShouldBe(RecipeWriter.Write(seen));
    }

    [Fact]
    public void An_interrupted_run_says_how_to_go_on()
    {
        using TemporaryFolder folder = Prepare();

        (int code, string output, _) = Run(folder, (_, _, _) => new(5, true, folder.File("out/adapter")), "adapter.target_modules=[q_proj, v_proj]");

        code.ShouldBe(ExitCode.Interrupted);
        output.ShouldContain("Stopped after step 5");
        output.ShouldContain($"leantune train {folder.File("r.yaml")} --set output={folder.File("out")} --set 'adapter.target_modules=[q_proj, v_proj]' --set training.resume=true\n");
    }

    [Fact]
    public void Each_kind_of_failure_has_its_exit_code_and_one_line()
    {
        using TemporaryFolder folder = Prepare();

        foreach ((Exception thrown, int code) in new (Exception, int)[]
        {
            (new DataException("books.txt:3: expected an object"), ExitCode.Data),
            (new OptionsException("adapter.target_modules", "no module matches 'x'"), ExitCode.Usage),
            (new OperationCanceledException(), ExitCode.Interrupted),
            (new IOException("disk full"), ExitCode.Failed),
            (new AggregateException(new DataException("inner")), ExitCode.Data),
        })
        {
            (int actual, _, string error) = Run(folder, (_, _, _) => throw thrown);

            actual.ShouldBe(code, thrown.ToString());
            error.TrimEnd().Split('\n').Length.ShouldBe(1, error);
        }
    }

    [Fact]
    public void A_misspelt_recipe_never_reaches_the_trainer()
    {
        using TemporaryFolder folder = Prepare();

        (int code, _, string error) = Run(folder, (_, _, _) => throw new InvalidOperationException("reached"), "training.step=5");

        code.ShouldBe(ExitCode.Usage);
        error.ShouldStartWith("--set training.step=5: unknown key 'step' in 'training'; did you mean 'steps'?");
    }

    [Fact]
    public void A_setting_that_only_the_trainer_can_judge_still_has_its_place()
    {
        using TemporaryFolder folder = Prepare();

        Run(folder, (_, _, _) => throw new OptionsException("model.path", "is of an unknown family")).Error
            .ShouldBe($"{folder.File("r.yaml")}:2:9: model.path: is of an unknown family\n");
    }

    [Fact]
    public void The_first_signal_asks_and_the_second_leaves()
    {
        int asked = 0, left = 0;
        using Interruption interruption = new(() => asked++, code => left = code);

        interruption.Hear();
        (asked, left, interruption.Token.IsCancellationRequested).ShouldBe((1, 0, true));
        interruption.Hear();
        (asked, left).ShouldBe((1, ExitCode.Interrupted));
    }

    private static TemporaryFolder Prepare()
    {
        TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("base"));
        Directory.CreateDirectory(folder.File("out"));
        File.WriteAllText(folder.File("books.txt"), "x");
        File.WriteAllText(folder.File("r.yaml"), RecipeText.Minimal);
        return folder;
    }

    private static (int Code, string Output, string Error) Run(TemporaryFolder folder, Trainer trainer, params string[] overrides)
    {
        using TestConsole console = new TestConsole().Width(80);
        using StringWriter error = new();
        string[] arguments = ["train", folder.File("r.yaml"), "--set", $"output={folder.File("out")}", .. overrides.SelectMany(set => new[] { "--set", set })];
        int code = CommandLine.Run(arguments, console, error, trainer);
        return (code, console.Output.ReplaceLineEndings("\n"), error.ToString().ReplaceLineEndings("\n"));
    }
}
