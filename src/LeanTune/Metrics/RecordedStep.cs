namespace LeanTune.Metrics;

/// <summary>One optimizer step as it was recorded; what the record lacks is NaN, a count 0.</summary>
public sealed class RecordedStep
{
    /// <param name="record">A record with a step.</param>
    internal RecordedStep(MetricsRecord record)
    {
        Step = record.Step!.Value;
        (Loss, LearningRate, GradientNorm, Seconds) = (record["loss"], record["learning_rate"], record["gradient_norm"], record["seconds"]);
        (SupervisedTokens, RealTokens, PaddedTokens) = (Count(record["supervised_tokens"]), Count(record["real_tokens"]), Count(record["padded_tokens"]));
        (KeptBytes, PeakBytes, LiveBytes) = (Count(record["kept_bytes"]), Count(record["peak_bytes"]), Count(record["live_bytes"]));
    }

    /// <summary>Number of the step, from 1.</summary>
    public int Step { get; }

    /// <summary>Mean loss over the step's supervised tokens, in nats.</summary>
    public double Loss { get; }

    /// <summary>Rate of this step.</summary>
    public double LearningRate { get; }

    /// <summary>Global L2 norm before clipping.</summary>
    public double GradientNorm { get; }

    /// <summary>Wall time.</summary>
    public double Seconds { get; }

    /// <summary>Tokens with a loss.</summary>
    public long SupervisedTokens { get; }

    /// <summary>Tokens without padding.</summary>
    public long RealTokens { get; }

    /// <summary>All tokens that were computed.</summary>
    public long PaddedTokens { get; }

    /// <summary>Activation bytes held between forward and backward.</summary>
    public long KeptBytes { get; }

    /// <summary>Highest live native bytes within the step minus those before it; 0 where the system cannot tell.</summary>
    public long PeakBytes { get; }

    /// <summary>Live native bytes after the step; 0 where the system cannot tell.</summary>
    public long LiveBytes { get; }

    private static long Count(double value) => double.IsFinite(value) ? (long)value : 0;
}
