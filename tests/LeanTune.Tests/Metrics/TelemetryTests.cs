using System.Diagnostics;
using System.Diagnostics.Metrics;
using LeanTune.Metrics;

namespace LeanTune.Tests.Metrics;

/// <summary>Listeners of .NET's own meters and traces are told. Other tests may train at the same time, so that values of this test are its own.</summary>
public sealed class TelemetryTests : IDisposable
{
    private const double Loss = 1234.5678, Seconds = 77.25;
    private const long Tokens = 987_654_321;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_meter_listener_receives_steps_and_evaluations()
    {
        List<(string Instrument, string Unit, double Value, string? Kind)> told = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, to) =>
        {
            if (instrument.Meter.Name == "LeanTune") to.EnableMeasurementEvents(instrument);
        };
        void Tell(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string? kind = tags.Length > 0 ? (string?)tags[0].Value : null;
            lock (told) told.Add((instrument.Name, instrument.Unit!, value, kind));
        }

        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Tell(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Tell(instrument, value, tags));
        listener.Start();
        Record();
        listener.Dispose();

        told.ShouldContain(("leantune.loss", "nat", Loss, null));
        told.ShouldContain(("leantune.evaluation.loss", "nat", Loss + 1, null));
        told.ShouldContain(("leantune.step.duration", "s", Seconds, null));
        told.ShouldContain(("leantune.tokens", "{token}", Tokens, "supervised"));
        told.ShouldContain(("leantune.tokens", "{token}", Tokens + 10, "real"));
        told.ShouldContain(("leantune.tokens", "{token}", Tokens + 20, "padded"));
        told.ShouldContain(("leantune.memory", "By", 1000, "kept"));
        told.ShouldContain(("leantune.memory", "By", 2000, "peak"));
        told.ShouldContain(("leantune.memory", "By", 3000, "live"));
    }

    [Fact]
    public void A_step_is_an_activity_that_lasted_as_long_as_the_step()
    {
        List<Activity> ended = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == "LeanTune",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (ended) ended.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        Record();

        Activity step = ended.Single(activity => activity.OperationName == "leantune.step" && Equals(activity.GetTagItem("loss"), Loss));
        step.GetTagItem("step").ShouldBe(1);
        step.Duration.TotalSeconds.ShouldBe(Seconds, 1e-3);
        ended.Single(activity => activity.OperationName == "leantune.evaluation" && Equals(activity.GetTagItem("loss"), Loss + 1)).Duration.TotalSeconds.ShouldBe(2, 1e-3);
    }

    private void Record()
    {
        using MetricsLog log = MetricsSinks.Open(_folder.File("metrics.jsonl"), []);
        MetricsFile.Step(log, 1, Loss, Seconds, Tokens);
        MetricsFile.Evaluation(log, 1, Loss + 1);
    }
}
