using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LeanTune.Metrics;

/// <summary>Steps and evaluations as .NET's own metrics and traces, for OpenTelemetry, <c>dotnet-counters</c> and any other listener in the process.</summary>
/// <remarks>Costs nothing while nobody listens. Thread-safe.</remarks>
public sealed class Telemetry : IMetricsSink
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string SourceName = "LeanTune";

    private static readonly Meter s_meter = new(SourceName);
    private static readonly ActivitySource s_activities = new(SourceName);

    private static readonly Gauge<double>
        s_loss = s_meter.CreateGauge<double>("leantune.loss", "nat", "Mean loss over the supervised tokens of a step."),
        s_heldOutLoss = s_meter.CreateGauge<double>("leantune.evaluation.loss", "nat", "Mean loss over the supervised tokens of the held-out examples."),
        s_rate = s_meter.CreateGauge<double>("leantune.learning_rate", "1", "Learning rate of a step."),
        s_norm = s_meter.CreateGauge<double>("leantune.gradient_norm", "1", "Global L2 norm of a step's gradients, before clipping.");

    private static readonly Counter<long> s_tokens = s_meter.CreateCounter<long>("leantune.tokens", "{token}", "Tokens trained on; kind: supervised, real, padded (all that were computed).");
    private static readonly Gauge<long> s_memory = s_meter.CreateGauge<long>("leantune.memory", "By", "Memory of a step; kind: kept, peak (activations), live (all native memory).");

    private static readonly Histogram<double>
        s_stepSeconds = s_meter.CreateHistogram<double>("leantune.step.duration", "s", "Wall time of a step."),
        s_evaluationSeconds = s_meter.CreateHistogram<double>("leantune.evaluation.duration", "s", "Wall time of an evaluation.");

    private static readonly Instrument[] s_instruments = [s_loss, s_heldOutLoss, s_rate, s_norm, s_tokens, s_memory, s_stepSeconds, s_evaluationSeconds];

    /// <inheritdoc/>
    public bool Listens => s_activities.HasListeners() || s_instruments.Any(instrument => instrument.Enabled);

    /// <summary>Nothing: what an earlier process told is told.</summary>
    public void Restart(IEnumerable<MetricsRecord> recorded)
    {
    }

    /// <inheritdoc/>
    public void Write(MetricsRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (record.Event == MetricsRecord.StepEvent) WriteStep(record);
        else if (record.Event == MetricsRecord.EvaluationEvent) WriteEvaluation(record);
    }

    /// <summary>Nothing: meter and source belong to the process.</summary>
    public void Dispose()
    {
    }

    private static void WriteStep(MetricsRecord step)
    {
        Tell(s_loss, step["loss"]);
        Tell(s_rate, step["learning_rate"]);
        Tell(s_norm, step["gradient_norm"]);
        foreach (string kind in (string[])["supervised", "real", "padded"])
            if (step[$"{kind}_tokens"] is >= 0 and var count) s_tokens.Add((long)count, Kind(kind));
        foreach (string kind in (string[])["kept", "peak", "live"])
            if (step[$"{kind}_bytes"] is >= 0 and var bytes) s_memory.Record((long)bytes, Kind(kind));
        if (step["seconds"] is >= 0 and var seconds) s_stepSeconds.Record(seconds);
        Trace("leantune.step", step);
    }

    private static void WriteEvaluation(MetricsRecord evaluation)
    {
        Tell(s_heldOutLoss, evaluation["loss"]);
        if (evaluation["seconds"] is >= 0 and var seconds) s_evaluationSeconds.Record(seconds);
        Trace("leantune.evaluation", evaluation);
    }

    private static void Tell(Gauge<double> gauge, double value)
    {
        if (double.IsFinite(value)) gauge.Record(value);
    }

    private static KeyValuePair<string, object?> Kind(string kind) => new("kind", kind);

    /// <summary>An activity that ended just now: it is known only when it is over.</summary>
    private static void Trace(string name, MetricsRecord record)
    {
        if (!s_activities.HasListeners()) return;
        DateTime end = DateTime.UtcNow;
        DateTime start = record["seconds"] is >= 0 and var seconds ? end - TimeSpan.FromSeconds(seconds) : end;
        using Activity? activity = s_activities.StartActivity(ActivityKind.Internal, startTime: start, name: name);
        if (activity is null) return;
        activity.SetTag("step", record.Step);
        foreach (MetricsNumber number in record.Numbers) activity.SetTag(number.Name, number.Value);
        activity.SetEndTime(end);
    }
}
