using LeanTune.Cli.Display;
using LeanTune.Training;
using Spectre.Console.Testing;

namespace LeanTune.Cli.Tests.Display;

public class RunSummaryTests
{
    [Fact]
    public void The_summary_shows_losses_samples_memory_and_tokens()
    {
        using TestConsole console = new TestConsole().Width(80);
        RunProgress progress = new();
        RecordedRun.Play(progress.Apply);

        RunSummary.Write(console, progress);

        string[] lines = [.. console.Output.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())];
        string.Join('\n', lines).ShouldBe("""

            ╭─────────────────────┬─────────────────┬────────────────╮
            │ held-out examples   │ before training │ after training │
            ├─────────────────────┼─────────────────┼────────────────┤
            │ loss (nats a token) │          4.4021 │         3.6180 │
            │ perplexity          │           81.62 │          37.26 │
            │ accuracy            │          0.2500 │         0.6250 │
            ╰─────────────────────┴─────────────────┴────────────────╯
            Sample before training:
              Call me Ishmael. the the [bold]people�[2J of
              United States

            Sample after training:
              Call me Ishmael. Some years ago, never mind how long precisely, having little
              or no money in my purse.

            ╭─────────────────────────────┬─────────┬────────┬─────────┬────────╮
            │ activation memory of a step │    kept │  share │    peak │  share │
            ├─────────────────────────────┼─────────┼────────┼─────────┼────────┤
            │ plain LoRA                  │  812 MB │  100 % │ 1.24 GB │  100 % │
            │ checkpointing               │ 96.0 MB │ 11.8 % │  410 MB │ 33.1 % │
            │ this run                    │ 12.4 MB │ 1.53 % │ 96.2 MB │ 7.76 % │
            ╰─────────────────────────────┴─────────┴────────┴─────────┴────────╯
            kept: held between forward and backward; peak: highest within the step, loss
            included; share: of plain LoRA; 1 MB = 10^6 bytes.

            12 steps in 6.0 s; activations: 12.4 MB kept at most, 91.2 MB at peak.
            Tokens: 12 000 (2 000/s) with a loss, 14 400 (2 400/s) real,
            16 800 (2 800/s) with padding.

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void The_best_of_several_evaluations_is_named()
    {
        using TestConsole console = new TestConsole().Width(80);
        RunProgress progress = new();
        RecordedRun.Play(progress.Apply);
        progress.Apply(RecordedRun.Evaluation(14, 3.5, accuracy: 0.5));
        progress.Apply(RecordedRun.Evaluation(16, 3.75, accuracy: 0.5) with { BestStep = 14, BestLoss = 3.5 });

        RunSummary.Write(console, progress);

        console.Output.ShouldContain("Lowest held-out loss: 3.5000 after step 14.");
        console.Lines.ShouldAllBe(line => line.Length <= 80);
    }

    [Fact]
    public void A_resumed_run_shows_its_one_evaluation_and_the_best_even_if_it_lies_before()
    {
        using TestConsole console = new TestConsole().Width(80);
        RunProgress progress = new();
        progress.Apply(new RunStarted("", "", 11, RecordedRun.Steps, 1, 1, 1, 1, ""));
        progress.Apply(RecordedRun.Evaluation(RecordedRun.Steps, 3.75, accuracy: 0.5));

        RunSummary.Write(console, progress);

        console.Output.ShouldContain("│ accuracy            │         0.5000 │");
        console.Output.ShouldNotContain("Lowest");
        progress.Apply(RecordedRun.Evaluation(14, 3.5, accuracy: 0.5) with { BestStep = 6, BestLoss = 3.25 });
        RunSummary.Write(console, progress);
        console.Output.ShouldContain("Lowest held-out loss: 3.2500 after step 6.");
    }

    [Fact]
    public void What_was_not_measured_is_left_out()
    {
        using TestConsole console = new TestConsole().Width(80);
        RunProgress progress = new();
        foreach (TrainingEvent happened in RecordedRun.Events().Where(e => e is RunStarted))
            progress.Apply(happened);

        RunSummary.Write(console, progress);

        console.Output.Trim().ShouldBeEmpty();
    }
}
