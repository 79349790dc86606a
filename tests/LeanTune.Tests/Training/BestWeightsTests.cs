using System.Text.Json;
using LeanTune.Optimization;
using LeanTune.Training;

namespace LeanTune.Tests.Training;

/// <summary>Which checkpoints stay, which weights were the best, and when a run ends before its last step.</summary>
public sealed class BestWeightsTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void The_newest_checkpoints_stay_and_the_best_weights_beside_them()
    {
        FineTuneOptions options = Options("run", learningRate: 0.05, steps: 12);
        options = options with { Training = options.Training with { SaveEvery = 2, KeepCheckpoints = 3 } };
        (_, List<TrainingEvent> events) = TinyRun.Run(options);
        EvaluationCompleted best = events.OfType<EvaluationCompleted>().Where(e => e.Step > 0).MinBy(e => e.Loss)!;
        Names(options).ShouldBe([$"best-{best.Step:D8}", "step-00000008", "step-00000010", "step-00000012"]);
    }

    [Fact]
    public void The_result_can_be_the_best_weights_bit_by_bit()
    {
        // So high a rate that the loss soon rises.
        FineTuneOptions options = Options("straight", learningRate: 0.5, steps: 10);
        (RunFinished last, List<TrainingEvent> events) = TinyRun.Run(options);
        EvaluationCompleted best = events.OfType<EvaluationCompleted>().Where(e => e.Step > 0).MinBy(e => e.Loss)!;
        best.Step.ShouldBeLessThan(10);

        FineTuneOptions wanted = options with { Output = _tiny.Path("best"), Training = options.Training with { Result = ResultWeights.Best } };
        RunFinished finished = TinyRun.Run(wanted).Finished;
        TinyRun.AdapterBytes(finished).ShouldNotBe(TinyRun.AdapterBytes(last));
        // The same run, stopped at that step, has those weights.
        FineTuneOptions stopped = options with { Output = _tiny.Path("stopped") };
        TinyRun.AdapterBytes(TinyRun.RunUntil(stopped, best.Step)).ShouldBe(TinyRun.AdapterBytes(finished));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    public void A_run_that_dies_anywhere_ends_with_the_same_best_weights(int diesAfter)
    {
        FineTuneOptions straight = Options("straight", learningRate: 0.5, steps: 10);
        straight = straight with { Training = straight.Training with { Result = ResultWeights.Best } };
        byte[] expected = TinyRun.AdapterBytes(TinyRun.Run(straight).Finished);
        FineTuneOptions killed = straight with { Output = _tiny.Path("killed"), Training = straight.Training with { SaveEvery = 3 } };
        TinyRun.RunAndDieAfter(killed, diesAfter);
        RunFinished finished = TinyRun.Run(Resumed(killed)).Finished;
        TinyRun.AdapterBytes(finished).ShouldBe(expected);
        Evaluations(killed).ShouldBe(Evaluations(straight));
        Names(killed).ShouldBe(Names(straight));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_run_stops_early_when_the_held_out_loss_stops_falling_and_stays_stopped(int patience)
    {
        FineTuneOptions all = Options("all", learningRate: 0.5, steps: 14, ScheduleShape.Cosine);
        List<double> losses = [.. TinyRun.Run(all).Events.OfType<EvaluationCompleted>().Where(e => e.Step > 0).Select(e => e.Loss)];
        int expected = StopOf(losses, patience);
        expected.ShouldBeLessThan(losses.Count - 1);

        FineTuneOptions options = all with { Output = _tiny.Path("early"), Training = all.Training with { EarlyStopping = patience } };
        (RunFinished finished, List<TrainingEvent> events) = TinyRun.Run(options);
        (finished.Step, finished.Interrupted).ShouldBe((2 * (expected + 1), false));
        events.OfType<Notice>().ShouldContain(notice => notice.Message.Contains("stopped early", StringComparison.Ordinal));
        (RunFinished again, List<TrainingEvent> later) = TinyRun.Run(Resumed(options));
        (again.Step, again.Interrupted).ShouldBe((finished.Step, false));
        later.OfType<StepCompleted>().ShouldBeEmpty();
        later.OfType<EvaluationCompleted>().ShouldBeEmpty();
    }

    [Fact]
    public void An_evaluation_that_was_cut_short_is_made_up_for()
    {
        FineTuneOptions straight = Options("straight", learningRate: 0.05, steps: 6);
        TinyRun.Run(straight);
        FineTuneOptions parts = straight with { Output = _tiny.Path("parts") };
        TinyRun.RunUntil(parts, 2).Step.ShouldBe(2); // asked to stop before the evaluation of step 2
        Evaluations(parts).Select(e => e.Step).ShouldBe([0]);
        TinyRun.Run(Resumed(parts));
        Evaluations(parts).ShouldBe(Evaluations(straight));
    }

    [Fact]
    public void A_loss_that_is_no_number_is_never_the_best()
    {
        RunHistory history = new();
        history.Add(0, 1).ShouldBeFalse();
        history.Add(2, double.NaN).ShouldBeFalse();
        history.Best.ShouldBeNull();
        history.Add(4, 3).ShouldBeTrue();
        history.Add(6, double.NegativeInfinity).ShouldBeFalse();
        history.Add(8, 3).ShouldBeFalse();
        history.Best.ShouldBe((4, 3));
        history.SinceBest.ShouldBe(2);
    }

    /// <summary>Index of the evaluation after which a patient observer gives up.</summary>
    private static int StopOf(List<double> losses, int patience)
    {
        for (int i = patience; i < losses.Count; i++)
            if (losses.Take(i + 1 - patience).Min() <= losses.Skip(i + 1 - patience).Take(patience).Min())
                return i;
        return losses.Count;
    }

    private FineTuneOptions Options(string output, double learningRate, int steps, ScheduleShape shape = ScheduleShape.Constant)
    {
        FineTuneOptions options = _tiny.Options(output, steps);
        return options with
        {
            Data = options.Data with { ValidationShare = 0.3 },
            Optimizer = options.Optimizer with { LearningRate = learningRate },
            Schedule = new ScheduleOptions { Shape = shape },
            Training = options.Training with { EvaluateEvery = 2 },
        };
    }

    private static FineTuneOptions Resumed(FineTuneOptions options) => options with { Training = options.Training with { Resume = true } };

    private static string[] Names(FineTuneOptions options) =>
        [.. Directory.GetDirectories(Path.Combine(options.Output, "checkpoints")).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    private static List<(int Step, double Loss)> Evaluations(FineTuneOptions options) =>
        [.. File.ReadLines(Path.Combine(options.Output, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("event").GetString() == "evaluation")
            .Select(line => (line.GetProperty("step").GetInt32(), line.GetProperty("loss").GetDouble()))];
}
