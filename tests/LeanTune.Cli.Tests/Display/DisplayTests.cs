using LeanTune.Cli.Display;
using LeanTune.Training;
using Spectre.Console.Testing;

namespace LeanTune.Cli.Tests.Display;

public class DisplayTests
{
    [Fact]
    public void Piped_output_is_one_plain_line_an_event()
    {
        using StringWriter output = new();

        new PlainDisplay(output, new()).Show(observe => RecordedRun.Play(observe));

        output.ToString().ReplaceLineEndings("\n").ShouldBe("""
            model   Llama, 6.29 M parameters, 214 k trained (3.40 %)
            plan    layer: low rank 1/8 of the features
            data    1 240 training examples, 64 held out
            device  cpu, bf16, 2 threads
            steps   12
            note: 3 of 1304 examples were cut to 512 tokens.
            step=0 held_out_loss=4.4021 perplexity=81.62 accuracy=0.2500 tokens=4096 seconds=3.2
            step=1/12 loss=4.4000 mean_loss=4.4000 lr=1.92e-04 grad_norm=0.890 tokens_per_s=2400 kept_mb=12.4 peak_mb=90.1 left_s=6
            step=5/12 loss=4.0000 mean_loss=4.1898 lr=1.58e-04 grad_norm=0.850 tokens_per_s=2400 kept_mb=12.4 peak_mb=90.5 left_s=4
            step=9/12 loss=3.6000 mean_loss=3.9659 lr=1.25e-04 grad_norm=0.810 tokens_per_s=2400 kept_mb=12.4 peak_mb=90.9 left_s=2
            step=12/12 loss=3.3000 mean_loss=3.7893 lr=1.00e-04 grad_norm=0.780 tokens_per_s=2400 kept_mb=12.4 peak_mb=91.2 left_s=0
            step=12 checkpoint=runs/x/checkpoints/step-12
            step=12 held_out_loss=3.6180 perplexity=37.26 accuracy=0.6250 tokens=4096 seconds=3.1 best_step=12

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Slow_steps_have_a_line_each()
    {
        using StringWriter output = new();

        new PlainDisplay(output, new()).Show(observe => RecordedRun.Play(observe, secondsAStep: 3));

        output.ToString().Split('\n').Count(line => line.Contains(" loss=", StringComparison.Ordinal)).ShouldBe(RecordedRun.Steps);
    }

    [Theory]
    [InlineData(80, true)]
    [InlineData(80, false)]
    [InlineData(40, true)]
    public void The_panel_fits_the_terminal(int width, bool unicode)
    {
        using TestConsole console = new TestConsole().Width(width);
        console.Profile.Capabilities.Unicode = unicode;
        RunProgress progress = After(5);

        console.Write(RunPanel.Of(progress, TimeSpan.FromSeconds(1), console.Profile));

        console.Lines.ShouldAllBe(line => line.Length <= width);
        console.Output.ShouldContain("step 5/12");
        console.Output.ShouldContain(unicode ? "━" : "#");
        if (!unicode)
            console.Output.ShouldAllBe(c => c < 128);
    }

    [Fact]
    public void The_panel_shows_every_figure_of_the_run()
    {
        using TestConsole console = new TestConsole().Width(80);

        console.Write(RunPanel.Of(After(5), TimeSpan.FromSeconds(9), console.Profile));

        console.Output.ReplaceLineEndings("\n").ShouldBe("""
            ╭─step 5/12────────────────────────────────────────────────────────────────────╮
            │ ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━·········································  42 % │
            │ time left     3.5 s (step: 0.5 s, now 9.0 s)                                 │
            │ loss          4.1898 (last 4.0000)                                           │
            │               █▆▅▃▁ 4.00 to 4.40                                             │
            │ learning rate 1.58e-04, gradient norm 0.850                                  │
            │ tokens/s      2 000 with a loss, 2 400 real, 2 800 with padding              │
            │ activations   12.4 MB kept, 90.5 MB at peak                                  │
            │ memory        411 MiB live, of 4.00 GiB allowed (10.0 %)                     │
            │ held-out loss 4.4021 after step 0                                            │
            │ accuracy      0.2500                                                         │
            ╰──────────────────────────────────────────────────────────────────────────────╯

            """.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData(null, "411 MiB live, of 8.00 GiB that were free")]
    [InlineData(1L << 30, "411 MiB live, of 1.00 GiB allowed (40.1 %)")]
    public void Live_memory_stands_beside_the_budget_or_what_the_machine_has(long? budget, string expected)
    {
        using TestConsole console = new TestConsole().Width(80);
        RunProgress progress = After(5);
        progress.Apply(RecordedRun.Planned(budget));

        console.Write(RunPanel.Of(progress, TimeSpan.Zero, console.Profile));

        console.Output.ShouldContain(expected);
    }

    [Fact]
    public void The_panel_says_how_the_last_evaluation_compares_with_the_first_and_the_best()
    {
        using TestConsole console = new TestConsole().Width(80);
        RunProgress progress = After(5);
        progress.Apply(RecordedRun.Evaluation(4, 3.5, accuracy: 0.5));
        progress.Apply(RecordedRun.Evaluation(5, 3.75, accuracy: 0.375) with { BestStep = 4, BestLoss = 3.5 });

        console.Write(RunPanel.Of(progress, TimeSpan.Zero, console.Profile));

        console.Output.ShouldContain("3.7500 after step 5 (best 3.5000 after 4), 4.4021 before");
        console.Output.ShouldContain("0.3750 (best 0.5000 after step 4)");
        console.Lines.ShouldAllBe(line => line.Length <= 80);
    }

    [Fact]
    public void Before_the_first_step_the_panel_says_what_goes_on()
    {
        using TestConsole console = new TestConsole().Width(80);

        console.Write(RunPanel.Of(new(), TimeSpan.FromSeconds(3.9), console.Profile));

        console.Output.ShouldContain("loading the model and the examples: 3.0 s");
    }

    [Fact]
    public void The_live_display_keeps_what_is_worth_reading_above_the_panel_and_ends_with_the_last_state()
    {
        using TestConsole console = new TestConsole().Width(80).EmitAnsiSequences().Interactive();

        RunFinished finished = new TerminalDisplay(console, new()).Show(observe => RecordedRun.Play(observe));

        finished.Result.ShouldBe("runs/x/adapter");
        console.Output.ShouldContain("note: 3 of 1304 examples were cut");
        console.Output.ShouldContain("214 k trained");
        console.Output.LastIndexOf("step 12/12", StringComparison.Ordinal).ShouldBeGreaterThan(console.Output.IndexOf("step 11/12", StringComparison.Ordinal));
        console.Output.ShouldContain("\u001b[?25h"); // the cursor is back
    }

    [Fact]
    public void Quick_steps_share_a_picture_and_the_last_one_is_shown()
    {
        using TestConsole console = new TestConsole().Width(80).EmitAnsiSequences().Interactive();
        const int steps = 5000;

        new TerminalDisplay(console, new()).Show(observe =>
        {
            observe(new RunStarted("", "", 1, steps, 1, 1, 1, 0, ""));
            for (int step = 1; step <= steps; step++)
                observe(new StepCompleted(step, 1, 0, 0, 1, 1, 1, 0.001, 0, 0, 0));
            return new(steps, false, "");
        });

        console.Output.Split("╭─step").Length.ShouldBeLessThan(steps / 10);
        console.Output.ShouldContain($"step {steps}/{steps}");
    }

    [Fact]
    public void A_failing_run_ends_the_live_display_and_keeps_its_error()
    {
        using TestConsole console = new TestConsole().Width(80).EmitAnsiSequences().Interactive();

        Should.Throw<InvalidDataException>(() => new TerminalDisplay(console, new()).Show(_ => throw new InvalidDataException("line 3"))).Message.ShouldBe("line 3");

        console.Output.ShouldContain("\u001b[?25h");
    }

    private static RunProgress After(int steps)
    {
        RunProgress progress = new();
        progress.Apply(RecordedRun.Planned(4L << 30));
        foreach (TrainingEvent happened in RecordedRun.Events().TakeWhile(e => e is not StepCompleted step || step.Step <= steps))
            progress.Apply(happened);
        return progress;
    }
}
