using LeanTune.Benchmarks;
using LeanTune.Benchmarks.Codecs;

return BenchArguments.TryParse(args, Console.Error) is { } arguments
    ? arguments.Name switch
    {
        "gemm-share" => GemmShareBench.Run(arguments),
        "codecs" => CodecsBench.Run(arguments),
        "memory" => MemoryBench.Run(arguments),
        "recorded" => RecordedBench.Run(arguments),
        _ => BenchArguments.Usage(Console.Error),
    }
    : 2;
