using System.Text.Json;
using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Tests.Models;
using static TorchSharp.torch;

namespace LeanTune.Benchmarks;

/// <summary>Repeats the recorded fine-tuning of SmolLM2 on GSM8K in any mode and shows its losses beside the recorded ones.</summary>
internal static class RecordedBench
{
    public static int Run(BenchArguments arguments)
    {
        if (arguments.Model is null || !arguments.Switches.TryGetValue("golden", out string? golden)) return BenchArguments.Usage(Console.Error);
        using JsonReport report = new(arguments.Json);
        (string dtype, string mode, string codec) = (arguments.Text("dtype", "fp32"), arguments.Text("mode", "none"), arguments.Text("codec", "exact"));
        using RecordedRun run = new(arguments.Model, golden, dtype == "bf16" ? ScalarType.BFloat16 : ScalarType.Float32, blocks => ActivationPlan.Uniform(
            blocks, Enum.Parse<ActivationMode>(mode, ignoreCase: true), codec == "exact" ? new Exact() : new LowRank(RankRule.Parse(codec))));
        JsonElement recorded = RecordedRun.Trajectory(golden, dtype).GetProperty("loss");
        List<double> losses = [], differences = [];
        for (int step = 0; step < arguments.Number("steps", 30); step++)
        {
            (double loss, double norm) = run.Step();
            losses.Add(loss);
            differences.Add(Math.Abs(loss - recorded[step].GetDouble()));
            Console.WriteLine(FormattableString.Invariant($"step {step + 1}: loss {loss:F5}, recorded {recorded[step].GetDouble():F5}, difference {differences[^1]:E1}, gradient norm {norm:F5}"));
            report.Line(("step", step + 1), ("mode", mode), ("codec", codec), ("dtype", dtype), ("loss", loss), ("recorded", recorded[step].GetDouble()), ("gradient_norm", norm));
        }

        double evaluation = run.Evaluate();
        Console.WriteLine(FormattableString.Invariant(
            $"{mode} {codec} {dtype}: largest difference {differences.Max():E1}, mean of the last five losses {losses.TakeLast(5).Average():F4}, evaluation loss {evaluation:F4}"));
        report.Line(("mode", mode), ("codec", codec), ("dtype", dtype), ("largest_difference", differences.Max()), ("mean_of_last_five", losses.TakeLast(5).Average()), ("evaluation_loss", evaluation));
        return 0;
    }
}
