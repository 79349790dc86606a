using Microsoft.Extensions.Logging;

namespace LeanTune.Training;

/// <summary>Writes a run's events to a logger: steps as Debug, what changes the run's course as Information, what the user should know as Warning.</summary>
internal static partial class TrainingLog
{
    /// <summary>Writes one event.</summary>
    public static void Write(ILogger logger, TrainingEvent happened)
    {
        switch (happened)
        {
            case RunStarted e:
                Started(logger, e.Model, e.Plan, e.FirstStep, e.TotalSteps, e.TrainableParameters);
                break;
            case StepCompleted e:
                Step(logger, e.Step, e.Loss, e.GradientNorm, e.LearningRate, e.SupervisedTokens, e.Seconds);
                break;
            case EvaluationCompleted e:
                Evaluation(logger, e.Step, e.Loss, string.Join(' ', e.Scores.Select(score => FormattableString.Invariant($"{score.Key}={score.Value:0.0000}"))));
                break;
            case CheckpointSaved e:
                Saved(logger, e.Step, e.Folder);
                break;
            case Notice e:
                Noticed(logger, e.Message);
                break;
            case RunFinished e:
                Finished(logger, e.Step, e.Interrupted, e.Result);
                break;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Training {Model} ({Plan}) from step {FirstStep} to {TotalSteps}, {Trainable} numbers")]
    private static partial void Started(ILogger logger, string model, string plan, int firstStep, int totalSteps, long trainable);

    [LoggerMessage(2, LogLevel.Debug, "Step {Step}: loss {Loss}, gradient norm {GradientNorm}, learning rate {LearningRate}, {SupervisedTokens} supervised tokens in {Seconds} s")]
    private static partial void Step(ILogger logger, int step, double loss, double gradientNorm, double learningRate, long supervisedTokens, double seconds);

    [LoggerMessage(3, LogLevel.Information, "After step {Step}: held-out loss {Loss} {Scores}")]
    private static partial void Evaluation(ILogger logger, int step, double loss, string scores);

    [LoggerMessage(4, LogLevel.Information, "Checkpoint of step {Step} in {Folder}")]
    private static partial void Saved(ILogger logger, int step, string folder);

    [LoggerMessage(5, LogLevel.Warning, "{Message}")]
    private static partial void Noticed(ILogger logger, string message);

    [LoggerMessage(6, LogLevel.Information, "Ended after step {Step} (interrupted: {Interrupted}); the result is in {Result}")]
    private static partial void Finished(ILogger logger, int step, bool interrupted, string result);
}
