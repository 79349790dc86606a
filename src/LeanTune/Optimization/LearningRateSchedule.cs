namespace LeanTune.Optimization;

/// <summary>Shape of a schedule after its warm-up.</summary>
public enum ScheduleShape
{
    /// <summary>The peak rate throughout.</summary>
    Constant,

    /// <summary>Straight line down.</summary>
    Linear,

    /// <summary>Half a cosine down.</summary>
    Cosine,
}

/// <summary>The learning rate of each step: linear warm-up, then constant, linear or cosine.</summary>
/// <param name="Shape">Shape after the warm-up.</param>
/// <param name="Peak">Highest rate.</param>
/// <param name="TotalSteps">Steps of the run.</param>
/// <param name="WarmupSteps">Steps over which the rate rises; step 1 has Peak / WarmupSteps.</param>
/// <param name="FinalShare">Rate after the last step as a share of the peak.</param>
public sealed record LearningRateSchedule(ScheduleShape Shape, double Peak, int TotalSteps, int WarmupSteps = 0, double FinalShare = 0)
{
    /// <summary>The rate of a step.</summary>
    /// <param name="step">From 1 to <see cref="TotalSteps"/>.</param>
    public double At(int step)
    {
        if (step <= WarmupSteps) return Peak * step / WarmupSteps;
        // The first step after the warm-up has the peak; the last one is one step short of the end.
        double progress = (step - 1.0 - WarmupSteps) / Math.Max(1, TotalSteps - WarmupSteps);
        double share = Shape switch
        {
            ScheduleShape.Linear => 1 - progress,
            ScheduleShape.Cosine => 0.5 * (1 + Math.Cos(Math.PI * progress)),
            _ => 1,
        };
        return Peak * (FinalShare + ((1 - FinalShare) * share));
    }
}
