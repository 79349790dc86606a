using LeanTune.Benchmarks.Codecs;
using LeanTune.Data;
using LeanTune.Models;
using LeanTune.Native;
using LeanTune.Optimization;
using LeanTune.Training;
using static TorchSharp.torch;

namespace LeanTune.Benchmarks.Training;

/// <summary>Trains the same steps with exact LoRA and with codecs, paired by seed, and shows how far their losses part.</summary>
internal static class TrainingBench
{
    private const double LearningRate = 2e-4, WeightDecay = 0.01;
    private const int LossesShown = 5;

    public static int Run(BenchArguments arguments)
    {
        if (arguments.Number("threads", 0) is > 0 and int threads) set_num_threads(threads);
        (int steps, int seeds, int every) = (arguments.Number("train", 0), arguments.Number("seeds", 1), arguments.Number("every", 10));
        RunName[] runs = [.. arguments.Text("runs", "exact,layer-balanced,sublayer-balanced,layer-1/8,layer-1/4").Split(',').Select(RunName.Parse)];
        TrainingExamples examples = TrainingExamples.From(arguments);
        string model = Path.GetFileName(Path.TrimEndingDirectorySeparator(arguments.Model!)), dtype = arguments.Text("dtype", "fp32");
        string settings = $"{model}, {dtype}, {examples.What}, {steps} steps, evaluated every {every}";
        EvaluationLog log = new(arguments.Json);
        for (int seed = 0; seed < seeds; seed++)
            foreach (RunName run in runs)
                if (log.Of(settings, run.Text, seed) is not [.., { Step: var done }] || done != steps)
                    log.Add([.. Train(arguments, run, seed, steps, every, examples).Select(each => new Evaluation(settings, run.Text, seed, each.Step, each.Loss, each.Evaluation))]);

        Console.WriteLine($"""
            {settings}; {examples.Held.Count} examples held out; LoRA R = 8 on all linears, AdamW, learning rate {LearningRate}. Runs of a seed share their start and their batches.

            """);
        TrainingTable.Print(settings, runs, seeds, log);
        return 0;
    }

    private static IEnumerable<(int Step, double Loss, double Evaluation)> Train(
        BenchArguments arguments, RunName run, int seed, int steps, int every, TrainingExamples examples)
    {
        (Decoder decoder, _) = Workload.Load(arguments, arguments.Text("dtype", "fp32") == "bf16" ? ScalarType.BFloat16 : ScalarType.Float32);
        using AdaptedModel adapted = AdaptedModel.Fresh(decoder, seed);
        using AdamW optimizer = new(adapted.Parameters, 0.9, 0.999, 1e-8, WeightDecay);
        StepRunner runner = new(decoder, run.Plan(decoder.Config.Blocks), (ulong)seed);
        List<double> losses = [];
        using FinalizerGate.Hold hold = FinalizerGate.Close(); // numbers survive while libtorch reads them
        foreach (TokenizedExample[] step in examples.Steps(seed, steps))
        {
            using Batch batch = Batch.From(step, padId: 0);
            adapted.Parameters.ZeroGradients();
            losses.Add(runner.Train(batch, 1.0 / batch.SupervisedTokens, losses.Count));
            optimizer.Step(LearningRate);
            FinalizerGate.Rest();
            if (losses.Count % every != 0 && losses.Count != steps) continue;
            (double loss, double evaluation) = (losses.TakeLast(LossesShown).Average(), Evaluate(runner, examples.Held));
            Console.Error.WriteLine(FormattableString.Invariant($"{run.Text}, seed {seed}, step {losses.Count}: training loss {loss:F4}, evaluation loss {evaluation:F4}"));
            yield return (losses.Count, loss, evaluation);
        }
    }

    private static double Evaluate(StepRunner runner, IReadOnlyList<TokenizedExample> held)
    {
        (double total, long supervised) = (0, 0);
        foreach (TokenizedExample example in held)
        {
            using Batch batch = Batch.From([example], padId: 0);
            total += runner.Evaluate(batch);
            supervised += batch.SupervisedTokens;
        }

        return total / supervised;
    }
}
