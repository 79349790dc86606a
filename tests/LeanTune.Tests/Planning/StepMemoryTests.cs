using LeanTune.Activations;
using LeanTune.Adapters;
using LeanTune.Adapters.Peft;
using LeanTune.Data;
using LeanTune.Models;
using LeanTune.Native;
using LeanTune.Optimization;
using LeanTune.Planning;
using LeanTune.Tests.Native;
using LeanTune.Training;
using static TorchSharp.torch;

namespace LeanTune.Tests.Planning;

/// <summary>Memory as it is counted on paper against the allocator: whole steps of a model with random weights.</summary>
[Collection(nameof(NativeMemoryCollection)), SettledMemory]
public class StepMemoryTests
{
    private const int Blocks = 4, Rank = 4;

    /// <summary>Statistics, indices, buffers of matrix products: what is not worth counting.</summary>
    private const double Slack = 1e6;

    private static readonly DecoderConfig s_config = new()
    {
        ModelType = "llama", Vocabulary = 512, Width = 256, FeedForward = 704, Blocks = Blocks, Heads = 4, KeyValueHeads = 2, HeadWidth = 64,
        NormEpsilon = 1e-5, Rotary = new RotaryConfig(10_000), MaxPositions = 8192, TiedEmbeddings = true,
        Windows = [.. Enumerable.Repeat<int?>(null, Blocks)], Rotated = [.. Enumerable.Repeat(true, Blocks)],
    };

    [Theory]
    [InlineData(4, 256, false)]
    [InlineData(1, 1024, false)]
    [InlineData(4, 256, true)]
    [InlineData(4, 256, false, 5)]
    public void The_peak_of_a_step_is_within_a_tenth_of_what_is_expected(int batch, int tokens, bool narrow, int samples = 1)
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "this system cannot tell live native bytes");
        using Decoder model = DecoderLoader.Random(s_config, 1, narrow ? ScalarType.BFloat16 : ScalarType.Float32);
        using FlatParameters parameters = Adapt(model);
        Random random = new(1);
        TokenizedExample Example(int length) => new([.. Enumerable.Range(0, length).Select(_ => random.Next(s_config.Vocabulary))], [.. Enumerable.Repeat(true, length)], "random", length);
        using Batch examples = Batch.Pack([.. Enumerable.Range(0, batch).Select(_ => Enumerable.Range(0, samples).Select(_ => Example(tokens / samples)).ToArray())], padId: 0, padToMultipleOf: tokens);
        AdaptedShape shape = AdaptedShape.Lora(s_config, new LoraConfig { Rank = Rank, Alpha = 8, TargetModules = TargetModules.AllLinear, BaseModelNameOrPath = "" });
        StepWork work = new(batch, tokens, examples.SupervisedTokens, model.Dtype, examples.IsPacked);
        List<string> wrong = [];
        foreach ((string way, ActivationPlan plan, int tile) in Ways().Select(way => ($"{way.Options.Mode} {way.Options.Fidelity}{way.Options.Rank} by {way.Options.BlocksPerCheckpoint}, {way.Tile} MiB", ActivationPlans.Of(way.Options, Blocks), way.Tile)).Append(Mixed))
        {
            long tileBytes = (long)tile << 20;
            ActivationMemory expected = StepMemory.Of(shape, work, plan, tileBytes);
            StepRunner runner = new(model, plan, 1, tileBytes);
            Measure(runner, examples, parameters);
            List<string> off = Deviations(way, expected, [Measure(runner, examples, parameters)]);
            // What other threads do meanwhile disturbs a try or two, and a busy machine starves the thread that looks for the peak: what is wrong stays so.
            for (int attempt = 0; attempt < 4 && off.Count > 0; attempt++) off = Deviations(way, expected, [.. Enumerable.Range(0, 3).Select(_ => Measure(runner, examples, parameters))]);
            wrong.AddRange(off);
        }

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void Trained_parameters_are_counted_as_they_are_allocated()
    {
        using Decoder model = DecoderLoader.Random(s_config, 1);
        using FlatParameters parameters = Adapt(model);
        AdaptedShape.Lora(s_config, new LoraConfig { Rank = Rank, Alpha = 8, TargetModules = TargetModules.AllLinear, BaseModelNameOrPath = "" }).Trained.ShouldBe(parameters.Length);
        AdaptedShape.Full(s_config).Trained.ShouldBe(model.Weights.Values.Sum(weight => weight.NumberOfElements));
    }

    /// <summary>What is off by more than a tenth, in the median of the tries.</summary>
    private static List<string> Deviations(string way, ActivationMemory expected, (long Kept, long Peak)[] tries)
    {
        List<string> off = [];
        (long kept, long peak) = (tries.Select(one => one.Kept).Order().ElementAt(tries.Length / 2), tries.Select(one => one.Peak).Order().ElementAt(tries.Length / 2));
        if (Math.Abs(peak - expected.PeakBytes) > Slack + (0.1 * expected.PeakBytes)) off.Add($"{way}: peak {peak / 1e6:F2}, expected {expected.PeakBytes / 1e6:F2} MB ({expected.PeakMoment})");
        if (Math.Abs(kept - expected.KeptBytes) > Slack + (0.1 * expected.KeptBytes)) off.Add($"{way}: kept {kept / 1e6:F2}, expected {expected.KeptBytes / 1e6:F2} MB");
        return off;
    }

    private static (long Kept, long Peak) Measure(StepRunner runner, Batch batch, FlatParameters parameters)
    {
        parameters.ZeroGradients();
        using PeakSampler memory = new();
        runner.Train(batch, 1.0 / batch.SupervisedTokens, 1);
        return (runner.MeasuredKeptBytes, memory.PeakBytes);
    }

    /// <summary>As planners mix them: computed again, kept by operation, kept whole.</summary>
    private static (string, ActivationPlan, int) Mixed => (
        "mixed",
        new RunPlan([(ActivationWays.Of(ActivationMode.Layer, Fidelity.Balanced), 2), (ActivationWays.Of(ActivationMode.Ops, Fidelity.Balanced), 1), (BlockWay.Plain, 1)], 1, 4 << 20).Activations,
        4);

    private static IEnumerable<(ActivationOptions Options, int Tile)> Ways()
    {
        yield return (new ActivationOptions { Mode = ActivationMode.None }, 64);
        yield return (new ActivationOptions { Mode = ActivationMode.Ops, Fidelity = Fidelity.Balanced }, 64);
        yield return (new ActivationOptions { Mode = ActivationMode.Layer, Fidelity = Fidelity.Exact }, 64);
        yield return (new ActivationOptions { Mode = ActivationMode.Layer, Fidelity = Fidelity.Exact }, 4);
        yield return (new ActivationOptions { Mode = ActivationMode.Layer, Fidelity = Fidelity.Balanced }, 64);
        yield return (new ActivationOptions { Mode = ActivationMode.Layer, Fidelity = Fidelity.Balanced }, 4);
        yield return (new ActivationOptions { Mode = ActivationMode.Layer, Fidelity = Fidelity.Balanced, BlocksPerCheckpoint = 2 }, 8);
        yield return (new ActivationOptions { Mode = ActivationMode.Sublayer, Fidelity = Fidelity.Balanced }, 8);
        yield return (new ActivationOptions { Mode = ActivationMode.Sublayer, Fidelity = Fidelity.Exact }, 8);
        yield return (new ActivationOptions { Mode = ActivationMode.Layer, Codec = ActivationCodecName.LowRank, Rank = "1/8" }, 8);
    }

    private static FlatParameters Adapt(Decoder model)
    {
        FlatParameters parameters = new([.. model.Linears.SelectMany(linear => new[]
        {
            ($"{linear.Name}.A", randn(Rank, linear.InputWidth).mul_(0.05), true), ($"{linear.Name}.B", randn(linear.OutputWidth, Rank).mul_(0.05), true),
        })], CPU);
        foreach (LoraLinear linear in model.Linears)
            linear.Branch = new LoraBranch(parameters.ByName[$"{linear.Name}.A"], parameters.ByName[$"{linear.Name}.B"], 2, 0);
        return parameters;
    }
}
