using System.Diagnostics;
using LeanTune.Models;
using LeanTune.Native;
using LeanTune.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Benchmarks;

/// <summary>How much of the machine's own matrix throughput a plain LoRA step reaches, measured in alternation.</summary>
internal static class GemmShareBench
{
    public static int Run(BenchArguments arguments)
    {
        using JsonReport report = new(arguments.Json);
        int rounds = arguments.Number("rounds", 5);
        Console.WriteLine($"""
            Method: each round times every product of the model once, alone (x·Wᵀ and g·W at {arguments.Number("batch", 8)}×{arguments.Number("tokens", 512)} tokens, blocks and head), and then one whole
            plain LoRA step (forward, loss, backward, AdamW). Share = (4·P·N + attention) / step seconds over the products' own FLOPs / seconds.
            P counts the frozen weights of the blocks and the head; N tokens, no padding; attention is causal: 6·B·H·T²·D a block. Medians of {rounds} rounds.
            Processor: AVX-512 {CpuFeatures.HasAvx512}, bf16 products {CpuFeatures.HasBf16Products}, {get_num_threads()} threads.
            """);
        foreach (string dtype in arguments.Text("dtypes", "fp32,bf16").Split(','))
        {
            using Workload work = new(arguments, dtype == "bf16" ? ScalarType.BFloat16 : ScalarType.Float32);
            StepRunner runner = new(work.Model, work.Plan("none"), seed: 0);
            double flops = Flops(work.Model, work.Batch.InputIds.shape);
            List<double> shares = [], seconds = [];
            work.Step(runner, 0);
            for (int round = 1; round <= rounds; round++)
            {
                double throughput = Throughput(work.Model, work.Batch.PaddedTokens);
                Stopwatch watch = Stopwatch.StartNew();
                work.Step(runner, round);
                seconds.Add(watch.Elapsed.TotalSeconds);
                shares.Add(flops / seconds[^1] / throughput);
                Console.WriteLine(FormattableString.Invariant($"{dtype} round {round}: {throughput / 1e9:F0} GFLOP/s alone, step {seconds[^1]:F2} s = {shares[^1]:P1}"));
            }

            Console.WriteLine(FormattableString.Invariant($"{work.Name}, {dtype}: share of GEMM {Statistics.Median(shares):P1} ({Statistics.Range(shares)}), step {Statistics.Median(seconds):F2} s"));
            report.Line(("model", work.Name), ("dtype", dtype), ("share_of_gemm", Statistics.Median(shares)), ("seconds", Statistics.Median(seconds)));
        }

        return 0;
    }

    private static double Flops(Decoder model, long[] shape)
    {
        double tokens = shape[0] * shape[1];
        double weights = model.Linears.Sum(linear => (double)linear.Weight.NumberOfElements) + model.Head.NumberOfElements;
        double attention = 6.0 * shape[0] * model.Config.Heads * shape[1] * shape[1] * model.Config.HeadWidth * model.Config.Blocks;
        return (4 * weights * tokens) + attention;
    }

    /// <summary>FLOPs a second of the model's products, one block's linears and the head, forward and backward.</summary>
    private static double Throughput(Decoder model, long tokens)
    {
        using IDisposable quiet = no_grad();
        double flops = 0, seconds = 0;
        // One block stands for all; the head counts once, as it does in the step.
        IEnumerable<(Tensor Weight, int Count)> products = model.Linears
            .Take(model.Linears.Count / model.Config.Blocks).Select(linear => (linear.Weight, model.Config.Blocks));
        foreach ((Tensor weight, int count) in products.Append((model.Head, 1)))
        {
            using DisposeScope scope = NewDisposeScope();
            // The head's output is large: its rows are taken in parts, as any training does.
            long rows = count == 1 ? Math.Min(tokens, 512) : tokens;
            Tensor x = randn(rows, weight.shape[1]).to(weight.dtype), g = randn(rows, weight.shape[0]).to(weight.dtype);
            nn.functional.linear(x, weight).Dispose();
            g.matmul(weight).Dispose();
            Stopwatch watch = Stopwatch.StartNew();
            nn.functional.linear(x, weight).Dispose();
            g.matmul(weight).Dispose();
            double parts = (double)tokens / rows * count;
            seconds += watch.Elapsed.TotalSeconds * parts;
            flops += 4.0 * rows * weight.NumberOfElements * parts;
        }

        return flops / seconds;
    }
}
