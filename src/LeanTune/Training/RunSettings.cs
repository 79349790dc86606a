using System.Globalization;
using static TorchSharp.torch;

namespace LeanTune.Training;

/// <summary>The options that make a run what it is: a resumed run must have the same.</summary>
internal static class RunSettings
{
    /// <summary>Lists them by recipe key, with the data type and the number of steps that the run came to.</summary>
    public static IReadOnlyDictionary<string, string> Of(FineTuneOptions options, ScalarType dtype, int totalSteps)
    {
        AdapterOptions adapter = options.Adapter;
        OptimizerOptions optimizer = options.Optimizer;
        TrainingOptions training = options.Training;
        ActivationOptions activations = options.Activations;
        (string Key, object? Value)[] settings =
        [
            ("model.dtype", dtype),
            ("data.max_length", options.Data.MaxLength), ("data.packing", options.Data.Packing ? true : null),
            ("data.new_tokens", string.Join(' ', options.Data.NewTokens)),
            ("adapter.method", adapter.Method), ("adapter.rank", adapter.Rank), ("adapter.alpha", adapter.Alpha), ("adapter.dropout", adapter.Dropout),
            ("adapter.target_modules", string.Join(' ', adapter.TargetModules)), ("adapter.use_rslora", adapter.UseRslora),
            ("adapter.continue_from", adapter.ContinueFrom),
            ("activations.mode", ActivationPlans.ModeOf(activations)), ("activations.codec", ActivationPlans.Codec(activations)),
            ("activations.power_iterations", activations.PowerIterations), ("activations.blocks_per_checkpoint", activations.BlocksPerCheckpoint),
            ("activations.tile_mib", activations.TileMib ?? RunPlanning.DefaultTileMib),
            ("optimizer.learning_rate", optimizer.LearningRate), ("optimizer.beta1", optimizer.Beta1), ("optimizer.beta2", optimizer.Beta2),
            ("optimizer.epsilon", optimizer.Epsilon), ("optimizer.weight_decay", optimizer.WeightDecay), ("optimizer.max_gradient_norm", optimizer.MaxGradientNorm),
            ("schedule.shape", options.Schedule.Shape), ("schedule.warmup_steps", options.Schedule.WarmupSteps), ("schedule.final_share", options.Schedule.FinalShare),
            ("training.steps", totalSteps), ("training.batch_size", BatchRules.RowsOf(training)), ("training.batch_tokens", training.BatchTokens),
             ("training.gradient_accumulation", training.GradientAccumulation),
            ("training.seed", training.Seed),
        ];
        return settings.ToDictionary(entry => entry.Key, entry => Convert.ToString(entry.Value, CultureInfo.InvariantCulture) ?? "");
    }
}
