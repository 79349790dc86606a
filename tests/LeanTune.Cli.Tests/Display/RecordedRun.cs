using LeanTune.Training;

namespace LeanTune.Cli.Tests.Display;

/// <summary>The events of one small run, as a trainer would send them.</summary>
internal static class RecordedRun
{
    public const int Steps = 12;

    public static IEnumerable<TrainingEvent> Events(double secondsAStep = 0.5)
    {
        yield return new RunStarted("Llama", "layer: low rank 1/8 of the features", 1, Steps, 6_290_000, 214_000, 1240, 64, "cpu, bf16, 2 threads");
        yield return new Notice("3 of 1304 examples were cut to 512 tokens.");
        yield return new MemoryCompared([new("plain LoRA", 812_000_000, 1_240_000_000), new("checkpointing", 96_000_000, 410_000_000), new("this run", 12_400_000, 96_200_000)]);
        yield return Evaluation(0, 4.4021, accuracy: 0.25);
        yield return new SampleGenerated(0, "Call me Ishmael.", " the the [bold]people\u001b[2J of\nUnited States");
        for (int step = 1; step <= Steps; step++)
            yield return new StepCompleted(step, 4.5 - 0.1 * step, 2e-4 * (1 - step / 24.0), 0.9 - 0.01 * step, 1000, 1200, 1400, secondsAStep, 12_400_000, 90_000_000 + step * 100_000, 431_000_000);
        yield return new CheckpointSaved(Steps, "runs/x/checkpoints/step-12");
        yield return Evaluation(Steps, 3.618, accuracy: 0.625);
        yield return new SampleGenerated(Steps, "Call me Ishmael.", " Some years ago, never mind how long precisely, having little or no money in my purse.");
    }

    public static EvaluationCompleted Evaluation(int step, double loss, double accuracy) =>
        new(step, loss, 4096, step == 0 ? 3.2 : 3.1) { BestStep = step > 0 ? step : null, BestLoss = step > 0 ? loss : null, Scores = new Dictionary<string, double> { ["accuracy"] = accuracy } };

    /// <summary>Without the estimate, which only the lines above the panel show.</summary>
    public static MemoryPlanned Planned(long? budget) => new(budget, 8L << 30, "layer", Expected: null!);

    public static RunFinished Play(Action<TrainingEvent> observe, double secondsAStep = 0.5)
    {
        foreach (TrainingEvent happened in Events(secondsAStep))
            observe(happened);
        return new(Steps, false, "runs/x/adapter");
    }
}
