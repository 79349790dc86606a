using LeanTune.Metrics;

namespace LeanTune.Tests.Metrics;

/// <summary>Event files hold the scalars that were recorded.</summary>
public sealed class TensorBoardMetricsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Scalars_are_in_the_file_as_soon_as_they_are_recorded()
    {
        using MetricsLog log = MetricsSinks.Open(_folder.File("metrics.jsonl"), ["tensorboard"]);
        MetricsFile.Evaluation(log, 0, 5.5);
        MetricsFile.Step(log, 1, 2.25, seconds: 0.125);
        double now = (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;

        var scalars = EventFile.Scalars(_folder.File("tensorboard"));
        scalars.Single(scalar => scalar.Tag == "evaluation/loss").ShouldSatisfyAllConditions(scalar => scalar.Step.ShouldBe(0), scalar => scalar.Value.ShouldBe(5.5f), scalar => scalar.Time.ShouldBe(now, 5));
        scalars.Single(scalar => scalar.Tag == "train/loss").ShouldSatisfyAllConditions(scalar => scalar.Step.ShouldBe(1), scalar => scalar.Value.ShouldBe(2.25f));
        scalars.Single(scalar => scalar.Tag == "train/seconds").Value.ShouldBe(0.125f);
        scalars.Single(scalar => scalar.Tag == "train/kept_bytes").Value.ShouldBe(1000f);
        scalars.Count.ShouldBe(2 + 9);
    }

    [Fact]
    public void What_is_cut_goes_and_what_is_left_keeps_its_time()
    {
        using MetricsLog log = MetricsSinks.Open(_folder.File("metrics.jsonl"), ["tensorboard"]);
        for (int step = 1; step <= 4; step++) MetricsFile.Step(log, step, step);
        var before = Losses();
        log.CutAt(record => record!.Step <= 2);
        Losses().ShouldBe(before.Take(2));
        MetricsFile.Step(log, 3, 30);
        Losses().Select(scalar => (scalar.Step, scalar.Value)).ShouldBe([(1L, 1f), (2L, 2f), (3L, 30f)]);
        Directory.GetFiles(_folder.File("tensorboard")).ShouldHaveSingleItem();
    }

    private List<(string Tag, long Step, float Value, double Time)> Losses() => [.. EventFile.Scalars(_folder.File("tensorboard")).Where(scalar => scalar.Tag == "train/loss")];
}
