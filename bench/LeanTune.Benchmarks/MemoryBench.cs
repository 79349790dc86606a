using System.Diagnostics;
using LeanTune.Benchmarks.Codecs;
using LeanTune.Benchmarks.Plots;
using LeanTune.Native;
using LeanTune.Planning;
using LeanTune.Training;
using static TorchSharp.torch;

namespace LeanTune.Benchmarks;

/// <summary>What each way to keep activations costs: kept bytes, peak, process peak and time, the ways in turn within every round.</summary>
internal static class MemoryBench
{
    public static int Run(BenchArguments arguments)
    {
        using JsonReport report = new(arguments.Json);
        string dtype = arguments.Text("dtype", "fp32");
        if (arguments.Text("heap", "default") == "tight") ProcessMemory.ReturnLargeBlocks();
        using Workload work = new(arguments, dtype == "bf16" ? ScalarType.BFloat16 : ScalarType.Float32, arguments.Text("shape", "smollm2"));
        string[] ways = arguments.Text("modes", "none,ops-balanced,layer,layer-balanced,layer-1/8,sublayer,sublayer-balanced,sublayer-1/8").Split(',');
        int rounds = arguments.Number("rounds", 7);
        long[] shape = work.Batch.InputIds.shape;
        Console.WriteLine($"""
            {work.Name}, {shape[0]}×{shape[1]} tokens, every token supervised, LoRA R = 8 on all linears, {dtype}, {get_num_threads()} threads; {rounds} rounds, the ways in turn.
            Processor: AVX-512 {CpuFeatures.HasAvx512}, bf16 products {CpuFeatures.HasBf16Products}. Bytes are decimal MB.
            kept: live native bytes at the end of the forward pass minus those before the step, without its result (the last hidden states). peak: highest live native bytes within the whole step minus those before it.
            / checkpoint: over layer, exact; / exact: over the same mode, exact; medians of the rounds and their range. cosine: of the gradient of all adapters to that of exact layer checkpointing, on the first step.
            """);
        Measurement[] measured = [.. ways.Select(way => new Measurement(way))];
        // The first passes also bring what libtorch's libraries keep from their first products on, which is no way's own.
        Compare(work, measured);
        foreach (Measurement warm in measured) Measure(work, warm, 0, keepTime: false);
        for (int round = 1; round <= rounds; round++)
            foreach (Measurement one in measured) Measure(work, one, round, keepTime: true);
        Console.WriteLine("| way | kept MB | peak MB | expected MB (measured / expected) | VmHWM MB | seconds | / plain | / checkpoint | / exact | cosine |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (Measurement one in measured)
        {
            double[] overPlain = Ratios(one, measured.FirstOrDefault(m => m.Way == "none")), overCheckpoint = Ratios(one, measured.FirstOrDefault(m => m.Way == "layer"));
            double[] overExact = Ratios(one, measured.FirstOrDefault(m => m.Way == one.Way.Split('-', '@')[0]));
            Console.WriteLine(FormattableString.Invariant(
                $"| {one.Way} | {one.Kept / 1e6:F1} | {one.Peak / 1e6:F1} | {one.Expected!.PeakBytes / 1e6:F1} {one.Expected.PeakMoment} ({one.Peak / (double)one.Expected.PeakBytes:F2}) | {one.HighWater / 1e6:F0} | {(one.Seconds.Count > 0 ? Statistics.Median(one.Seconds) : double.NaN):F2} | {Text(overPlain)} | {Text(overCheckpoint)} | {Text(overExact)} | {one.Gradient.Cosine:F4} |"));
            string mode = one.Way.Split('-', '@')[0];
            report.Line(
                ("model", work.Name), ("mode", mode), ("codec", work.Plan(one.Way).Layers[0].Codec.ToString()!), ("batch", shape[0]), ("tokens", shape[1]), ("dtype", dtype),
                ("kept_bytes", one.Kept), ("peak_bytes", one.Peak), ("expected_kept_bytes", one.Expected!.KeptBytes), ("expected_peak_bytes", one.Expected.PeakBytes), ("vmhwm_bytes", one.HighWater),
                ("seconds_over_plain", MedianOrNull(overPlain)), ("seconds_over_checkpoint", MedianOrNull(overCheckpoint)), ("seconds_over_exact", MedianOrNull(overExact)),
                ("cosine", one.Gradient.Cosine), ("relative_error", one.Gradient.Relative));
        }

        if (arguments.Switches.TryGetValue("plot", out string? plot))
            MemoryPlot.Save(plot, $"{work.Name}, {shape[0]}×{shape[1]} tokens, {dtype}", [.. measured.Select(one => (one.Way, one.Peak, Statistics.Median(Ratios(one, measured.FirstOrDefault(m => m.Way == "layer")))))]);

        return 0;
    }

    /// <summary>The gradient of each way, from the same weights on the same tokens, against exact checkpointing's.</summary>
    private static void Compare(Workload work, IReadOnlyList<Measurement> measured)
    {
        using Tensor exact = Gradient("layer");
        foreach (Measurement one in measured)
        {
            using Tensor gradient = Gradient(one.Way);
            one.Gradient = GradientError.Of(gradient, exact);
        }

        Tensor Gradient(string way)
        {
            using FinalizerGate.Hold hold = FinalizerGate.Close(); // numbers survive while libtorch reads them
            work.Parameters.ZeroGradients();
            work.Runner(way).Train(work.Batch, 1.0 / work.Batch.SupervisedTokens, 0);
            return work.Parameters.Gradients.clone();
        }
    }

    private static void Measure(Workload work, Measurement one, int round, bool keepTime)
    {
        StepRunner runner = work.Runner(one.Way);
        // What the way before left to the collector would be freed within this step.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        ProcessMemory.Trim();
        ProcessMemory.ResetPeak();
        using FinalizerGate.Hold hold = FinalizerGate.Close();
        using PeakSampler memory = new();
        Stopwatch watch = Stopwatch.StartNew();
        work.Step(runner, round);
        if (keepTime) one.Seconds.Add(watch.Elapsed.TotalSeconds);
        memory.Sample();
        one.Expected = work.Expect(one.Way);
        one.Kept = runner.MeasuredKeptBytes;
        one.Peak = Math.Max(one.Peak, memory.PeakBytes);
        one.HighWater = Math.Max(one.HighWater, ProcessMemory.PeakResidentBytes);
    }

    private static double[] Ratios(Measurement one, Measurement? other) =>
        other is null ? [] : [.. one.Seconds.Zip(other.Seconds, (mine, theirs) => mine / theirs)];

    private static double? MedianOrNull(double[] ratios) => ratios.Length > 0 ? Statistics.Median(ratios) : null;

    private static string Text(double[] ratios) =>
        ratios.Length == 0 ? "" : FormattableString.Invariant($"{Statistics.Median(ratios):F2} ({Statistics.Range(ratios)})");

    /// <summary>One way to keep activations and what it cost.</summary>
    private sealed class Measurement(string way)
    {
        public string Way { get; } = way;

        public ActivationMemory? Expected { get; set; }

        public GradientError Gradient { get; set; }

        public long Kept { get; set; }

        public long Peak { get; set; }

        public long HighWater { get; set; }

        public List<double> Seconds { get; } = [];
    }
}
