using LeanTune.Data;
using LeanTune.Training;

namespace LeanTune.Cli.Recipes.Reference;

/// <summary>The ranges of options, for editors and the reference. The library refuses what lies outside; a test compares the two.</summary>
internal static class RecipeRanges
{
    private static readonly RecipeRange s_count = new(1), s_countOrNone = new(0), s_aboveZero = new(0, AboveLeast: true), s_belowOne = new(0, 1, BelowMost: true);

    private static readonly Dictionary<(Type, string), RecipeRange> s_ranges = new()
    {
        [(typeof(DataSource), nameof(DataSource.Weight))] = s_aboveZero,
        [(typeof(DataOptions), nameof(DataOptions.ValidationShare))] = s_belowOne,
        [(typeof(DataOptions), nameof(DataOptions.MaxLength))] = new(2),
        [(typeof(DataOptions), nameof(DataOptions.MaxValidationExamples))] = s_count,
        [(typeof(AdapterOptions), nameof(AdapterOptions.Rank))] = s_count,
        [(typeof(AdapterOptions), nameof(AdapterOptions.Alpha))] = s_aboveZero,
        [(typeof(AdapterOptions), nameof(AdapterOptions.Dropout))] = s_belowOne,
        [(typeof(ActivationOptions), nameof(ActivationOptions.Bits))] = new(1, 4),
        [(typeof(ActivationOptions), nameof(ActivationOptions.PowerIterations))] = new(0, 100),
        [(typeof(ActivationOptions), nameof(ActivationOptions.BlocksPerCheckpoint))] = s_count,
        [(typeof(ActivationOptions), nameof(ActivationOptions.TileMib))] = s_count,
        [(typeof(OptimizerOptions), nameof(OptimizerOptions.LearningRate))] = s_aboveZero,
        [(typeof(OptimizerOptions), nameof(OptimizerOptions.Beta1))] = s_belowOne,
        [(typeof(OptimizerOptions), nameof(OptimizerOptions.Beta2))] = s_belowOne,
        [(typeof(OptimizerOptions), nameof(OptimizerOptions.Epsilon))] = s_aboveZero,
        [(typeof(OptimizerOptions), nameof(OptimizerOptions.WeightDecay))] = s_countOrNone,
        [(typeof(OptimizerOptions), nameof(OptimizerOptions.MaxGradientNorm))] = s_aboveZero,
        [(typeof(ScheduleOptions), nameof(ScheduleOptions.WarmupSteps))] = s_countOrNone,
        [(typeof(ScheduleOptions), nameof(ScheduleOptions.FinalShare))] = new(0, 1),
        [(typeof(TrainingOptions), nameof(TrainingOptions.Steps))] = s_count,
        [(typeof(TrainingOptions), nameof(TrainingOptions.Epochs))] = s_aboveZero,
        [(typeof(TrainingOptions), nameof(TrainingOptions.BatchSize))] = s_count,
        [(typeof(TrainingOptions), nameof(TrainingOptions.BatchTokens))] = new(2),
        [(typeof(TrainingOptions), nameof(TrainingOptions.GradientAccumulation))] = s_count,
        [(typeof(TrainingOptions), nameof(TrainingOptions.EvaluateEvery))] = s_countOrNone,
        [(typeof(TrainingOptions), nameof(TrainingOptions.SaveEvery))] = s_countOrNone,
        [(typeof(TrainingOptions), nameof(TrainingOptions.KeepCheckpoints))] = s_count,
        [(typeof(TrainingOptions), nameof(TrainingOptions.EarlyStopping))] = s_count,
        [(typeof(EvaluationOptions), nameof(EvaluationOptions.Generate))] = s_countOrNone,
        [(typeof(EvaluationOptions), nameof(EvaluationOptions.MaxNewTokens))] = s_count,
        [(typeof(TrainingOptions), nameof(TrainingOptions.Threads))] = new(0, 4096),
        [(typeof(SampleOptions), nameof(SampleOptions.Every))] = s_countOrNone,
        [(typeof(SampleOptions), nameof(SampleOptions.MaxNewTokens))] = s_count,
        [(typeof(SampleOptions), nameof(SampleOptions.Temperature))] = s_countOrNone,
        [(typeof(SampleOptions), nameof(SampleOptions.TopP))] = new(0, 1, AboveLeast: true),
    };

    /// <summary>The range of a key; null for keys that are no numbers, and for seeds.</summary>
    public static RecipeRange? Of(RecipeKey key) =>
        key.Type == typeof(ulong) ? s_countOrNone : s_ranges.GetValueOrDefault((key.Property.DeclaringType!, key.Property.Name));
}
