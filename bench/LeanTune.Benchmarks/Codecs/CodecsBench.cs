using LeanTune.Models;
using static TorchSharp.torch;

namespace LeanTune.Benchmarks.Codecs;

/// <summary>How faithful the LoRA gradient stays with each codec in each mode, at how many bits, and what the codec's work costs.</summary>
internal static class CodecsBench
{
    public static int Run(BenchArguments arguments)
    {
        if (arguments.Number("threads", 0) is > 0 and int threads) set_num_threads(threads);
        string[] modes = arguments.Text("modes", "layer,sublayer").Split(',');
        string[] codecs = arguments.Text("codecs", CodecChoice.All).Split(',');
        (string Mode, CodecChoice Codec)[] choices = [.. modes.SelectMany(mode => codecs.Select(codec => (mode, CodecChoice.Parse(codec, mode))))];
        using JsonReport report = new(arguments.Json);
        (Decoder model, string name) = Workload.Load(arguments, arguments.Text("dtype", "fp32") == "bf16" ? ScalarType.BFloat16 : ScalarType.Float32);
        (AdaptedModel Model, string What) adapter = Adapt(model, arguments);
        using AdaptedModel adapted = adapter.Model;
        using BatchSource source = BatchSource.From(arguments, model.Config.Vocabulary);
        string tokens = string.Join(", ", source.Batches.Select(batch => batch.RealTokens));
        Console.WriteLine($"""
            {name}, {adapter.What}; {source.What}: {tokens} real tokens; {get_num_threads()} threads.
            The forward pass is exact. cosine, error: the gradient of all adapters against that of mode none; mean ± half of the range over the batches.
            bits: all kept bits (codes, factors, scales, exact rows, indices) / (kept tensors × real tokens × features), at these batches' sizes; the first tensor of
            a chain is one of the kept tensors and costs 0, being rebuilt by walking the chain back. MB: everything kept at the end of the forward pass, the chain's buffer included.
            codec ms: encode + decode within a step; share: of the step's time (forward, loss, backward); medians. In mode ops bits are those of the norms' values
            alone and both times are left out: the codec within the MLP has no meter.

            | mode | codec | bits | cosine | relative error | kept MB | codec ms | share of step |
            |---|---|---|---|---|---|---|---|
            """);
        List<CodecResult> results = [];
        using GradientProbe probe = new(adapted, source.Batches);
        foreach ((string mode, CodecChoice codec) in choices)
        {
            CodecResult result = probe.Measure(mode, codec);
            results.Add(result);
            Console.WriteLine(result.Markdown());
            report.Line([.. result.Fields(), ("model", name), ("adapter", adapter.What), ("batches", source.What), ("real_tokens", tokens), ("threads", get_num_threads())]);
        }

        if (arguments.Switches.TryGetValue("plot", out string? plot)) CodecPlot.Save(plot, $"{name}, {adapter.What}", results);
        foreach (string mode in modes) PrintBlocks(mode, [.. results.Where(result => result.Mode == mode)]);
        return 0;
    }

    private static (AdaptedModel Model, string What) Adapt(Decoder model, BenchArguments arguments)
    {
        bool recorded = arguments.Switches.TryGetValue("golden", out string? golden);
        string adapter = arguments.Text("adapter", recorded ? "trained" : "fresh");
        if (adapter == "fresh") return (AdaptedModel.Fresh(model), "fresh adapter (B = 0)");
        if (adapter == "trained" && !recorded) throw new ArgumentException("--adapter trained is the recorded one, which needs --golden DIR; else name a PEFT folder, or fresh.");
        return (AdaptedModel.Trained(model, adapter == "trained" ? Path.Combine(golden!, "fp32", "adapter") : adapter), "trained adapter");
    }

    /// <summary>The cosine of each block's adapters, a column a codec.</summary>
    private static void PrintBlocks(string mode, CodecResult[] results)
    {
        Console.WriteLine($"\nCosine by block, mode {mode}:\n\n| block | {string.Join(" | ", results.Select(result => result.Codec.Name))} |\n|---|{string.Concat(results.Select(_ => "---|"))}");
        double[][] columns = [.. results.Select(result => result.PerBlock(error => error.Cosine))];
        for (int block = 0; block < columns[0].Length; block++)
            Console.WriteLine($"| {block} | {string.Join(" | ", columns.Select(column => FormattableString.Invariant($"{column[block]:F4}")))} |");
    }
}
