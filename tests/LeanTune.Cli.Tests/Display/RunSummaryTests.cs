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
