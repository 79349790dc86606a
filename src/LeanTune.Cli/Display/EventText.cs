using System.Globalization;
using LeanTune.Cli.Commands.Memory;
using LeanTune.Training;

namespace LeanTune.Cli.Display;

/// <summary>The wording of single events, the same on a terminal and in a pipe.</summary>
internal static class EventText
{
    /// <summary>The run's set-up in four lines.</summary>
    public static IReadOnlyList<string[]> Of(RunStarted run) =>
    [
        ["model", $"{run.Model}, {Units.ShortCount(run.Parameters)} parameters, {Units.ShortCount(run.TrainableParameters)} trained ({Units.Percent((double)run.TrainableParameters / Math.Max(1, run.Parameters))})"],
        ["plan", run.Plan],
        ["data", $"{Units.Count(run.TrainExamples)} training examples, {Units.Count(run.ValidationExamples)} held out"],
        ["device", run.Device],
        ["steps", run.FirstStep == 1 ? Units.Count(run.TotalSteps) : $"{Units.Count(run.TotalSteps)}, going on with step {Units.Count(run.FirstStep)}"],
    ];

    /// <summary>One evaluation.</summary>
    public static string Of(EvaluationCompleted evaluation, RunProgress progress) => string.Create(CultureInfo.InvariantCulture,
        $"step={evaluation.Step} held_out_loss={evaluation.Loss:0.0000} perplexity={evaluation.Perplexity:0.00} {string.Concat(evaluation.Scores.Select(score => string.Create(CultureInfo.InvariantCulture, $"{score.Key}={score.Value:0.0000} ")))}tokens={evaluation.SupervisedTokens} seconds={evaluation.Seconds:0.0}{(progress.BestEvaluation is { } best ? $" best_step={best.Step}" : "")}");

    /// <summary>One step.</summary>
    public static string Of(StepCompleted step, RunProgress progress) => string.Create(CultureInfo.InvariantCulture,
        $"step={step.Step}/{progress.Started?.TotalSteps} loss={step.Loss:0.0000} mean_loss={progress.SmoothedLoss:0.0000} lr={step.LearningRate:0.00e+00} grad_norm={step.GradientNorm:0.000} tokens_per_s={progress.TokensPerSecond:0} kept_mb={Megabytes(step.KeptBytes)} peak_mb={Megabytes(step.PeakBytes)} left_s={progress.SecondsLeft:0}");

    /// <summary>The plan and what it is expected to take.</summary>
    public static IReadOnlyList<string[]> Of(MemoryPlanned planned) =>
    [
        ["memory", planned.BudgetBytes is { } budget
            ? $"{MemoryText.Bytes(planned.Expected.Expected)} expected ({MemoryText.Bytes(planned.Expected.Low)} to {MemoryText.Bytes(planned.Expected.High)}), {MemoryText.Bytes(budget)} allowed"
            : $"{MemoryText.Bytes(planned.Expected.Expected)} expected ({MemoryText.Bytes(planned.Expected.Low)} to {MemoryText.Bytes(planned.Expected.High)}), {MemoryText.Bytes(planned.FreeBytes)} free"],
    ];

    /// <summary>The trial of the longest batch in a line; at the end of a run one line a part, and what to do about those that deviate.</summary>
    public static IEnumerable<string> Of(MemoryMeasured measured)
    {
        if (!measured.Finished)
        {
            MeasuredPart process = measured.Parts[^1];
            string of = measured.BudgetBytes is { } budget ? $" of {MemoryText.Bytes(budget)}" : "";
            string peak = measured.Parts.FirstOrDefault(part => part.Name == "activation peak") is { } activations ? $"; activations {MemoryText.Bytes(activations.MeasuredBytes)} at peak" : "";
            yield return $"longest batch fits: the process took {MemoryText.Bytes(process.MeasuredBytes)}{of}{peak}";
            yield break;
        }

        foreach (MeasuredPart part in measured.Parts)
            yield return $"memory, {part.Name}: {MemoryText.Bytes(part.MeasuredBytes)} measured, {MemoryText.Bytes(part.ExpectedBytes)} expected";
        string[] deviating = [.. measured.Parts.Where(part => part.Deviates && (part.Name != "whole process" || measured.BudgetBytes is not null)).Select(part => part.Name)];
        if (deviating.Length > 0)
            yield return $"{string.Join(" and ", deviating)} differ from what was expected by more than a tenth: please report it, with plan.json, metrics.jsonl and environment.json of the run folder";
    }

    private static string Megabytes(long bytes) => bytes <= 0 ? "?" : (bytes / 1e6).ToString("0.0##", CultureInfo.InvariantCulture);
}
