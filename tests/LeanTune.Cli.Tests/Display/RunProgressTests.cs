using LeanTune.Cli.Display;
using LeanTune.Training;

namespace LeanTune.Cli.Tests.Display;

public class RunProgressTests
{
    [Fact]
    public void Totals_speed_and_time_left_come_from_the_events()
    {
        RunProgress progress = new();
        foreach (TrainingEvent happened in RecordedRun.Events().TakeWhile(e => e is not StepCompleted { Step: 5 }))
            progress.Apply(happened);

        progress.Steps.ShouldBe(4);
        progress.Seconds.ShouldBe(2.0, 1e-9);
        progress.SupervisedTokens.ShouldBe(4000);
        progress.RealTokens.ShouldBe(4800);
        progress.PaddedTokens.ShouldBe(5600);
        progress.TokensPerSecond.ShouldBe(2400, 1e-6);
        progress.SupervisedTokensPerSecond.ShouldBe(2000, 1e-6);
        progress.PaddedTokensPerSecond.ShouldBe(2800, 1e-6);
        progress.SecondsLeft.ShouldBe((RecordedRun.Steps - 4) * 0.5, 1e-9);
        progress.PeakBytes.ShouldBe(90_400_000);
        progress.FirstEvaluation!.Step.ShouldBe(0);
        progress.LastEvaluation.ShouldBeNull();
    }

    [Fact]
    public void The_smoothed_loss_is_a_weighted_mean_of_the_past()
    {
        RunProgress progress = new();
        double[] losses = [4, 2, 3];
        foreach (double loss in losses)
            progress.Apply(new StepCompleted(1, loss, 0, 0, 1, 1, 1, 1, 0, 0, 0));

        progress.SmoothedLoss.ShouldBe((4 * 0.95 * 0.95 + 2 * 0.95 + 3) / (0.95 * 0.95 + 0.95 + 1), 1e-12);
    }

    [Fact]
    public void Speed_forgets_old_steps()
    {
        RunProgress progress = new();
        progress.Apply(new RunStarted("", "", 1, 100, 1, 1, 1, 0, ""));
        for (int step = 1; step <= 40; step++)
            progress.Apply(new StepCompleted(step, 1, 0, 0, 1, 100, 100, step <= 20 ? 10 : 1, 0, 0, 0));

        progress.TokensPerSecond.ShouldBe(100, 1e-9);
        progress.SecondsLeft.ShouldBe(60, 1e-9);
    }

    [Fact]
    public void The_best_is_that_of_the_run_and_the_highest_score()
    {
        RunProgress progress = new();
        foreach ((int step, double loss, double accuracy, int? best) in new (int, double, double, int?)[] { (0, 1.0, 0.9, null), (2, 3.0, 0.5, 2), (4, 2.0, 0.7, 4), (6, 2.0, 0.6, 4), (8, double.NaN, 0.1, 4) })
            progress.Apply(RecordedRun.Evaluation(step, loss, accuracy) with { BestStep = best, BestLoss = best });

        progress.BestEvaluation.ShouldBe((4, 4));
        progress.BestScores["accuracy"].ShouldBe((4, 0.7));
        progress.Evaluations.ShouldBe(4);
    }
}
