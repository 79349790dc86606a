using System.Globalization;
using LeanTune.Activations;
using LeanTune.Adapters;
using LeanTune.Adapters.Peft;
using LeanTune.Benchmarks.Codecs;
using LeanTune.Checkpoints;
using LeanTune.Data;
using LeanTune.Models;
using LeanTune.Optimization;
using LeanTune.Planning;
using LeanTune.Training;
using static TorchSharp.torch;

namespace LeanTune.Benchmarks;

/// <summary>A model with LoRA (R = 8) on all linears and one batch of random tokens, all of them supervised.</summary>
internal sealed class Workload : IDisposable
{
    private readonly AdamW _optimizer;

    /// <summary>Loads or makes the model.</summary>
    public Workload(BenchArguments arguments, ScalarType dtype, string shape = "smollm2")
    {
        (Model, Name) = Load(arguments, dtype, shape);
        Parameters = new FlatParameters([.. Start()], CPU);
        foreach (LoraLinear linear in Model.Linears)
            linear.Branch = new LoraBranch(Parameters.ByName[$"{linear.Name}.A"], Parameters.ByName[$"{linear.Name}.B"], scale: 2);
        _optimizer = new AdamW(Parameters, 0.9, 0.999, 1e-8, 0);
        (int batch, int tokens) = shape switch { "d512" => (8, 256), "tinyllama" => (1, 4096), _ => (8, 512) };
        (batch, tokens) = (arguments.Number("batch", batch), arguments.Number("tokens", tokens));
        Random random = new(1);
        Batch = Batch.From([.. Enumerable.Range(0, batch).Select(row => new TokenizedExample(
            [.. Enumerable.Range(0, tokens).Select(_ => random.Next(Model.Config.Vocabulary))], [.. Enumerable.Repeat(true, tokens)], "random", row))], padId: 0);
    }

    /// <summary>For people and reports.</summary>
    public string Name { get; }

    /// <summary>With adapters attached.</summary>
    public Decoder Model { get; }

    /// <summary>The adapters.</summary>
    public FlatParameters Parameters { get; }

    /// <summary>(B, T) random tokens.</summary>
    public Batch Batch { get; }

    /// <summary>The model of the command line, or random weights; the caller disposes it.</summary>
    public static (Decoder Model, string Name) Load(BenchArguments arguments, ScalarType dtype, string shape = "smollm2")
    {
        if (arguments.Model is not { } folder) return (DecoderLoader.Random(Shape(shape, arguments), seed: 1, dtype), $"random {shape}");
        using HubFolder hub = HubFolder.Open(folder);
        return (DecoderLoader.Load(hub, dtype), Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)));
    }

    /// <inheritdoc cref="Plans.OfWay"/>
    public ActivationPlan Plan(string way) => Plans.OfWay(way, Model.Config.Blocks);

    /// <summary>Runs steps in a way to keep activations.</summary>
    public StepRunner Runner(string way) => new(Model, Plan(way), seed: 0, TileBytes(way));

    /// <summary>What a step in this way is expected to need.</summary>
    public ActivationMemory Expect(string way)
    {
        StepWork work = new(Batch.InputIds.shape[0], Batch.InputIds.shape[1], Batch.SupervisedTokens, Model.Dtype);
        AdaptedShape shape = AdaptedShape.Lora(Model.Config, new LoraConfig { Rank = 8, Alpha = 16, TargetModules = TargetModules.AllLinear, BaseModelNameOrPath = Name });
        return StepMemory.Of(shape, work, Plan(way), TileBytes(way));
    }

    private static long TileBytes(string way) =>
        way.Split('@') is [_, var mebibytes] ? long.Parse(mebibytes, CultureInfo.InvariantCulture) << 20 : ForwardPass.DefaultTileBytes;

    /// <summary>One whole step: forward, loss, backward, optimizer.</summary>
    public void Step(StepRunner runner, long index)
    {
        Parameters.ZeroGradients();
        runner.Train(Batch, 1.0 / Batch.SupervisedTokens, index);
        _optimizer.Step(1e-4);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Batch.Dispose();
        _optimizer.Dispose();
        Parameters.Dispose();
        Model.Dispose();
    }

    private IEnumerable<(string, Tensor, bool)> Start()
    {
        foreach (LoraLinear linear in Model.Linears)
        {
            yield return ($"{linear.Name}.A", randn(8, linear.InputWidth).mul_(1 / Math.Sqrt(linear.InputWidth)), true);
            yield return ($"{linear.Name}.B", randn(linear.OutputWidth, 8).mul_(0.01), true);
        }
    }

    private static DecoderConfig Shape(string shape, BenchArguments arguments)
    {
        (int vocabulary, int width, int feedForward, int blocks, int heads, int keyValueHeads) = shape switch
        {
            "smollm2" => (49152, 576, 1536, 30, 9, 3),
            "d512" => (1000, 512, 1408, 6, 8, 8),
            "tinyllama" => (32000, 2048, 5632, 22, 32, 4),
            _ => throw new ArgumentException($"The shape '{shape}' is not known: smollm2, d512 or tinyllama."),
        };
        blocks = arguments.Number("blocks", blocks);
        return new DecoderConfig
        {
            ModelType = "llama", Vocabulary = vocabulary, Width = width, FeedForward = feedForward, Blocks = blocks, Heads = heads,
            KeyValueHeads = keyValueHeads, HeadWidth = 64, NormEpsilon = 1e-5, Rotary = new RotaryConfig(100_000), MaxPositions = 8192,
            TiedEmbeddings = true, Windows = [.. Enumerable.Repeat<int?>(null, blocks)], Rotated = [.. Enumerable.Repeat(true, blocks)],
        };
    }
}
