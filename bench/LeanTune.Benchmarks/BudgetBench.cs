using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LeanTune.Data;
using LeanTune.Native;
using LeanTune.Training;

namespace LeanTune.Benchmarks;

/// <summary>
/// Runs with a memory budget beside exact layer checkpointing, as a user starts them: each run is a process of its own, since what an allocator is told lasts as
/// long as its process. The ways take turns within every round.
/// </summary>
internal static class BudgetBench
{
    private const string Checkpointing = "checkpointing", Child = "budget-run";

    public static int Run(BenchArguments arguments)
    {
        if (arguments.Model is null || arguments.Text("data", "") is not { Length: > 0 } || arguments.Text("budgets", "") is not { Length: > 0 } budgets)
            throw new ArgumentException("budget needs --model DIR, --data FILE and --budgets SIZE,SIZE.");
        using JsonReport report = new(arguments.Json);
        string[] ways = [Checkpointing, .. budgets.Split(',')];
        int rounds = arguments.Number("rounds", 7), batch = arguments.Number("batch", 4), tokens = arguments.Number("tokens", 512);
        Console.WriteLine($"""
            {Path.GetFileName(Path.TrimEndingDirectorySeparator(arguments.Model))}, {batch} examples of at most {tokens} tokens a step, {Steps(arguments)} steps a run of which the first is not counted; {rounds} rounds, the ways in turn, each run a process of its own.
            Processor: AVX-512 {CpuFeatures.HasAvx512}, bf16 products {CpuFeatures.HasBf16Products}. process: highest resident memory (VmHWM) of all runs. seconds: median of a run's steps, then of the rounds.
            """);
        Dictionary<string, List<Outcome>> outcomes = ways.ToDictionary(way => way, _ => new List<Outcome>());
        for (int round = 0; round < rounds; round++)
            foreach (string way in ways) outcomes[way].Add(Spawn(arguments, way));
        Console.WriteLine("| way | process MiB | expected MiB | seconds a step | / checkpointing | plan |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (string way in ways)
        {
            List<Outcome> own = outcomes[way];
            double[] ratios = [.. own.Zip(outcomes[Checkpointing], (mine, theirs) => mine.StepSeconds / theirs.StepSeconds)];
            long process = own.Max(outcome => outcome.ProcessBytes);
            Console.WriteLine(FormattableString.Invariant(
                $"| {way} | {process / 1048576.0:F0} | {own[0].ExpectedBytes / 1048576.0:F0} | {Statistics.Median(own.Select(outcome => outcome.StepSeconds)):F2} | {Statistics.Median(ratios):F2} ({Statistics.Range(ratios)}) | {string.Join(" / ", own.Select(outcome => outcome.Plan).Distinct())} |"));
            report.Line(
                ("way", way), ("batch", batch), ("tokens", tokens), ("process_bytes", process), ("expected_bytes", own[0].ExpectedBytes),
                ("seconds", Statistics.Median(own.Select(outcome => outcome.StepSeconds))), ("seconds_over_checkpoint", Statistics.Median(ratios)), ("plan", own[0].Plan));
        }

        return 0;
    }

    /// <summary>One run in this process; its outcome is the last line on standard output.</summary>
    public static int RunOne(BenchArguments arguments)
    {
        string way = arguments.Text("way", Checkpointing), output = Directory.CreateTempSubdirectory("leantune-budget-").FullName;
        try
        {
            FineTuneOptions options = new()
            {
                Model = new ModelOptions { Path = arguments.Model!, Dtype = arguments.Text("dtype", "auto") switch { "fp32" => WeightType.Fp32, "bf16" => WeightType.Bf16, _ => WeightType.Auto } },
                Data = new DataOptions { Train = arguments.Text("data", ""), MaxLength = arguments.Number("tokens", 512) },
                Activations = way == Checkpointing ? new ActivationOptions { Mode = Activations.ActivationMode.Layer, Fidelity = Fidelity.Exact } : new ActivationOptions(),
                Memory = way == Checkpointing ? null : way,
                Training = new TrainingOptions { Steps = Steps(arguments), BatchSize = arguments.Number("batch", 4), Threads = arguments.Number("threads", 0) },
                Output = Path.Combine(output, "run"),
            };
            List<double> seconds = [];
            MemoryPlanned? planned = null;
            new FineTuner(options).Run(happened =>
            {
                if (happened is StepCompleted { Step: > 1 } step) seconds.Add(step.Seconds);
                if (happened is MemoryPlanned plan) planned = plan;
            });
            Console.WriteLine(JsonSerializer.Serialize(new Outcome(Statistics.Median(seconds), ProcessMemory.PeakResidentBytes, planned?.Expected.Expected ?? 0, planned?.Plan ?? "")));
            return 0;
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    private static int Steps(BenchArguments arguments) => arguments.Number("steps", 5);

    private static Outcome Spawn(BenchArguments arguments, string way)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(typeof(BudgetBench).Assembly.Location);
        foreach (string word in (string[])[Child, "--model", arguments.Model!, "--way", way]) start.ArgumentList.Add(word);
        foreach ((string name, string value) in arguments.Switches.Where(given => given.Key is not ("budgets" or "rounds")))
            foreach (string word in (string[])["--" + name, value]) start.ArgumentList.Add(word);
        using Process child = Process.Start(start)!;
        string[] lines = child.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        child.WaitForExit();
        return child.ExitCode == 0
            ? JsonSerializer.Deserialize<Outcome>(lines[^1])!
            : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The run '{way}' ended with exit code {child.ExitCode}."));
    }

    /// <summary>What one run was like.</summary>
    private sealed record Outcome(double StepSeconds, long ProcessBytes, long ExpectedBytes, string Plan);
}
