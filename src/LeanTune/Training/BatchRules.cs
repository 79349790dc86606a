using LeanTune.Data;

namespace LeanTune.Training;

/// <summary>How a run's options form batches.</summary>
internal static class BatchRules
{
    /// <summary>Rows of a batch where the options limit neither rows nor tokens.</summary>
    public const int DefaultRows = 4;

    /// <summary>The rule.</summary>
    /// <param name="options">Validated.</param>
    public static BatchRule Of(FineTuneOptions options) => new()
    {
        Rows = RowsOf(options.Training) ?? int.MaxValue,
        Tokens = options.Training.BatchTokens ?? long.MaxValue,
        PackTo = options.Data.Packing ? options.Data.MaxLength : null,
    };

    /// <summary>Most rows of a batch; null where its tokens alone are limited.</summary>
    public static int? RowsOf(TrainingOptions training) => training.BatchSize ?? (training.BatchTokens is null ? DefaultRows : null);
}
