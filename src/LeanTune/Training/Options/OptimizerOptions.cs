using LeanTune.Optimization;

namespace LeanTune.Training;

/// <summary>How weights move: AdamW with decoupled weight decay.</summary>
public sealed record OptimizerOptions
{
    /// <summary>Peak learning rate.</summary>
    /// <value>Default 2e-4.</value>
    public double LearningRate { get; init; } = 2e-4;

    /// <summary>Decay of the first moment, the running mean of gradients, from 0 to below 1.</summary>
    /// <value>Default 0.9.</value>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment, the running mean of their squares, from 0 to below 1.</summary>
    /// <value>Default 0.999.</value>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment, so that nothing is divided by 0.</summary>
    /// <value>Default 1e-8.</value>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Share of each weight that a step takes away, times the learning rate (decoupled weight decay).</summary>
    /// <value>Default 0.</value>
    public double WeightDecay { get; init; }

    /// <summary>Gradients are scaled down to this global L2 norm; null leaves them as they are.</summary>
    /// <value>Default 1.</value>
    public double? MaxGradientNorm { get; init; } = 1;
}

/// <summary>How the learning rate changes over the run.</summary>
public sealed record ScheduleOptions
{
    /// <summary>Shape after the warm-up.</summary>
    /// <value>Default <see cref="ScheduleShape.Cosine"/>.</value>
    public ScheduleShape Shape { get; init; } = ScheduleShape.Cosine;

    /// <summary>Steps over which the rate rises linearly from 0.</summary>
    /// <value>Default 0.</value>
    public int WarmupSteps { get; init; }

    /// <summary>Rate at the end as a share of the peak, for linear and cosine.</summary>
    /// <value>Default 0.</value>
    public double FinalShare { get; init; }
}
