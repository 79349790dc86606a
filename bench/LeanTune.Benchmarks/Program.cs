using LeanTune.Benchmarks;
using LeanTune.Benchmarks.Codecs;
using LeanTune.Benchmarks.Training;

if (BenchArguments.TryParse(args, Console.Error) is not { } arguments) return 2;
try
{
    return arguments.Name switch
    {
        "gemm-share" => GemmShareBench.Run(arguments),
        "codecs" when arguments.Switches.ContainsKey("train") => TrainingBench.Run(arguments),
        "codecs" => CodecsBench.Run(arguments),
        "memory" => MemoryBench.Run(arguments),
        "budget" => BudgetBench.Run(arguments),
        "budget-run" => BudgetBench.RunOne(arguments),
        "recorded" => RecordedBench.Run(arguments),
        "reading" => ReadingBench.Run(arguments),
        _ => BenchArguments.Usage(Console.Error),
    };
}
catch (Exception problem) when (problem is ArgumentException or IOException or LeanTune.Data.DataException or LeanTune.Checkpoints.CheckpointFormatException)
{
    Console.Error.WriteLine(problem.Message);
    return 2;
}
