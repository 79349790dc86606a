using LeanTune.Benchmarks;
using LeanTune.Benchmarks.Codecs;
using LeanTune.Benchmarks.Training;

return BenchArguments.TryParse(args, Console.Error) is { } arguments
    ? arguments.Name switch
    {
        "gemm-share" => GemmShareBench.Run(arguments),
        "codecs" when arguments.Switches.ContainsKey("train") => TrainingBench.Run(arguments),
        "codecs" => CodecsBench.Run(arguments),
        "memory" => MemoryBench.Run(arguments),
        "recorded" => RecordedBench.Run(arguments),
        _ => BenchArguments.Usage(Console.Error),
    }
    : 2;
