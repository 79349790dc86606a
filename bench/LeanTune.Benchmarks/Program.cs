using LeanTune.Benchmarks;
using LeanTune.Benchmarks.Codecs;
using LeanTune.Benchmarks.Training;

if (BenchArguments.TryParse(args, Console.Error) is not { } arguments) return 2;
try
{
    return arguments.Name switch
    {
        "gemm-share" => GemmShareBench.Run(arguments.Knowing("dtypes rounds batch tokens blocks")),
        "codecs" when arguments.Switches.ContainsKey("train") => TrainingBench.Run(arguments.Knowing("train seeds every runs batch dtype golden data threads")),
        "codecs" => CodecsBench.Run(arguments.Knowing("golden steps join data batches batch tokens adapter codecs modes dtype threads plot")),
        "memory" => MemoryBench.Run(arguments.Knowing("shape modes dtype rounds batch tokens blocks heap plot")),
        "budget" => BudgetBench.Run(arguments.Knowing("data budgets batch tokens steps rounds dtype threads")),
        "budget-run" => BudgetBench.RunOne(arguments.Knowing("data way batch tokens steps dtype threads")),
        "recorded" => RecordedBench.Run(arguments.Knowing("golden dtype mode codec steps")),
        _ => BenchArguments.Usage(Console.Error),
    };
}
catch (Exception problem) when (problem is ArgumentException or IOException or LeanTune.Data.DataException or LeanTune.Checkpoints.CheckpointFormatException)
{
    Console.Error.WriteLine(problem.Message);
    return 2;
}
