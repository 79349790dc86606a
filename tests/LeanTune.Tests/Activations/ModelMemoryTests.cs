using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Losses;
using LeanTune.Models;
using LeanTune.Native;
using LeanTune.Tests.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations;

/// <summary>What a model keeps between forward and backward: the ledger, sums of shapes, and the allocator must agree.</summary>
[Collection(nameof(NativeMemoryCollection)), SettledMemory]
public sealed class ModelMemoryTests : IDisposable
{
    private const long Batch = 4, Tokens = 128, N = Batch * Tokens, C = 256, F = 512, Heads = 4, KeyValueHeads = 2, D = 64, R = 8, Blocks = 3;

    /// <summary>Tensor headers, graph nodes and allocator granularity.</summary>
    private const long Slack = 64 * 1024;

    private readonly MemoryModel _model = new();
    private readonly Tensor _ids = randint(0, 300, [Batch, Tokens], generator: new Generator(1)).DetachFromDisposeScope();

    public ModelMemoryTests() => Assert.SkipUnless(ProcessMemory.HasLiveBytes, "this system cannot tell live native bytes");

    public static TheoryData<ActivationMode, int?> Compressed => new()
    {
        { ActivationMode.Layer, null }, { ActivationMode.Layer, 32 }, { ActivationMode.Layer, 64 },
        { ActivationMode.Sublayer, null }, { ActivationMode.Sublayer, 32 }, { ActivationMode.Sublayer, 64 },
    };

    public void Dispose()
    {
        _ids.Dispose();
        _model.Dispose();
    }

    [Theory, MemberData(nameof(Compressed))]
    public void The_ledger_equals_what_the_allocator_sees(ActivationMode mode, int? rank)
    {
        ActivationPlan plan = PlanOf(mode, Codec(rank));
        SavedBytes saved = new();
        long kept = MedianOfSteps(plan, saved);
        long one = rank is { } k ? k * (N + C) * 4 : N * C * 4;
        long tensors = mode == ActivationMode.Layer ? Blocks : 2 * Blocks;
        saved.OfKind(rank is null ? SavedBytes.Exact : SavedBytes.Factors).ShouldBe(0); // after the backward pass
        long byHand = (tensors * one) + (mode == ActivationMode.Layer ? 0 : tensors * N * 4); // inputs, and 1/rms of each norm
        saved.Peak.ShouldBe(byHand);
        ((double)kept).ShouldBe(byHand, Slack + (0.005 * byHand));
    }

    [Fact]
    public void Plain_training_keeps_one_copy_of_shared_inputs_and_nothing_for_frozen_linears()
    {
        ActivationPlan plan = PlanOf(ActivationMode.None, new Exact());
        SavedBytes saved = new();
        long kept = MedianOfSteps(plan, saved);
        long attention = (N * C) + N // the norm's input and 1/rms
            + (N * C) + (3 * N * R) // one input of query, key and value, and their A(x)
            + (N * Heads * D) + (2 * N * KeyValueHeads * D) // query, key and value of the heads
            + (N * Heads * D) + (N * Heads) // attention's output and its log of sums
            + (N * Heads * D) + (N * R); // the same by token, which the output projection reads
        long mlp = (N * C) + N // the norm's input and 1/rms
            + (N * C) + (2 * N * R) // one input of gate and up
            + (2 * N * F) // gate and up
            + (N * F) + (N * R); // what down reads
        long numbers = (Blocks * (attention + mlp)) - ((N * C) + N); // embeddings ask for no gradient: the first norm keeps nothing
        ((double)kept).ShouldBe(4 * numbers, Slack + (0.005 * 4 * numbers));
        ((double)saved.Peak).ShouldBe(4 * numbers, Slack + (0.005 * 4 * numbers)); // the ledger, block by block
        saved.Total.ShouldBe(0); // after the micro-batch
    }

    [Theory]
    [InlineData(null)]
    [InlineData(32)]
    public void Mode_ops_keeps_what_its_functions_say(int? rank)
    {
        ActivationPlan plan = PlanOf(ActivationMode.Ops, Codec(rank));
        SavedBytes saved = new();
        long kept = MedianOfSteps(plan, saved);
        long norm = rank is { } k ? k * (N + C) * 4 : N * C * 4;
        long inside = rank is null ? 2 * N * F * 4 : 2 * N * (F + (4 * F / 128)); // gate and up
        long attention = 4 * N * ((2 * (Heads + KeyValueHeads) * D) + Heads); // query, key, value, output, log of sums
        long byHand = (Blocks * ((2 * norm) + inside + attention + (7 * N * R * 4) + (2 * N * 4)))
            - (N * 4); // embeddings ask for no gradient: the first norm keeps no 1/rms
        saved.Peak.ShouldBe(byHand);
        saved.Total.ShouldBe(0);
        ((double)kept).ShouldBe(byHand, Slack + (0.005 * byHand));
    }

    [Theory]
    [InlineData(ActivationMode.Ops, 32)]
    [InlineData(ActivationMode.None, null)]
    [InlineData(ActivationMode.Layer, 32)]
    [InlineData(ActivationMode.Sublayer, 32)]
    [InlineData(ActivationMode.Sublayer, null)]
    public void Nothing_is_left_after_a_step(ActivationMode mode, int? rank)
    {
        ActivationPlan plan = PlanOf(mode, Codec(rank));
        long Growth(bool collect)
        {
            List<long> live = [];
            for (int step = 0; step < 7; step++)
            {
                Step(plan, null);
                if (collect)
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                }

                live.Add(ProcessMemory.LiveBytes);
            }

            return Median([.. live.Skip(1).Zip(live, (now, before) => now - before)]);
        }

        // Scalars and empty headers may wait for the collector, which comes seldom where caches are large; activations, of at least 512 KiB each, may not.
        Growth(collect: false).ShouldBeLessThan(256 << 10);
        Growth(collect: true).ShouldBeLessThan(4096);
    }

    [Theory]
    [InlineData(ActivationMode.Layer)]
    [InlineData(ActivationMode.Sublayer)]
    public void Each_block_lets_go_as_soon_as_it_is_done(ActivationMode mode)
    {
        SavedBytes saved = new();
        List<(ActivationSite Site, long Ledger, long Live)> seen = [];
        ActivationPlan plan = PlanOf(mode, new ObservedCodec(new Exact(), site => seen.Add((site, saved.Total, ProcessMemory.LiveBytes))));
        long one = (N * C * 4) + (mode == ActivationMode.Layer ? 0 : N * 4); // one tensor, with its 1/rms
        int tensors = (int)(mode == ActivationMode.Layer ? Blocks : 2 * Blocks);
        List<long>[] freed = [.. Enumerable.Range(0, tensors).Select(_ => new List<long>())];
        for (int step = 0; step < 3; step++)
        {
            seen.Clear();
            Step(plan, saved);
            seen.Count.ShouldBe(tensors);
            for (int i = 0; i < tensors; i++)
            {
                seen[i].Ledger.ShouldBe((tensors - i) * one, $"{seen[i].Site}");
                if (i > 0) freed[i].Add(seen[i - 1].Live - seen[i].Live);
            }

            saved.Total.ShouldBe(0);
        }

        for (int i = 1; i < tensors; i++) ((double)Median(freed[i])).ShouldBe(one, Slack, $"{seen[i].Site}");
    }

    [Fact]
    public void A_forward_pass_without_graph_leaves_nothing_but_its_output()
    {
        ActivationPlan plan = PlanOf(ActivationMode.Sublayer, Codec(32));
        SavedBytes saved = new();
        using IDisposable quiet = no_grad();
        MedianOfSteps(plan, saved).ShouldBeInRange(-Slack, Slack);
        saved.Peak.ShouldBe(0);
    }

    private static IActivationCodec Codec(int? rank) => rank is { } k ? new LowRank(RankRule.Absolute(k)) : new Exact();

    private static ActivationPlan PlanOf(ActivationMode mode, IActivationCodec codec) => ActivationPlan.Uniform((int)Blocks, mode, codec);

    /// <summary>The first steps compile code and allocate what libtorch keeps for good: a median shrugs that off.</summary>
    private long MedianOfSteps(ActivationPlan plan, SavedBytes? saved) => Median([.. Enumerable.Range(0, 5).Select(_ => Step(plan, saved, settled: true))]);

    private static long Median(List<long> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>One step; returns live bytes at the end of the forward pass above those before it, without the output and the pass's own tables.</summary>
    /// <param name="plan">How blocks run.</param>
    /// <param name="saved">The ledger.</param>
    /// <param name="settled">Whether numbers and empty headers that wait for the collector are freed before each reading.</param>
    private long Step(ActivationPlan plan, SavedBytes? saved, bool settled = false)
    {
        long Live()
        {
            if (settled)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            return ProcessMemory.LiveBytes;
        }

        using DisposeScope scope = NewDisposeScope();
        _model.Parameters.ZeroGradients();
        using ForwardPass pass = new PassSettings { Plan = plan, Saved = saved }.For(_model.Decoder, _ids);
        long before = Live();
        Tensor hidden = _model.Decoder.ForwardBlocks(_ids, pass);
        long kept = Live() - before - (N * C * 4);
        if (!is_grad_enabled()) return kept;
        Tensor loss = ChunkedCrossEntropy.Sum(hidden, _model.Decoder.FinalNorm, _model.Decoder.Head, _ids, 1.0 / N);
        hidden.Dispose();
        Autograd.Backward(loss);
        return kept;
    }

    /// <summary>A random decoder of the shapes above, with LoRA on every linear.</summary>
    private sealed class MemoryModel : IDisposable
    {
        public MemoryModel()
        {
            Decoder = DecoderLoader.Random(
                new DecoderConfig
                {
                    ModelType = "llama",
                    Vocabulary = 300,
                    Width = (int)C,
                    FeedForward = (int)F,
                    Blocks = (int)Blocks,
                    Heads = (int)Heads,
                    KeyValueHeads = (int)KeyValueHeads,
                    HeadWidth = (int)D,
                    NormEpsilon = 1e-5,
                    Rotary = new RotaryConfig(10000),
                    MaxPositions = (int)Tokens,
                    TiedEmbeddings = true,
                    Windows = new int?[Blocks],
                    Rotated = Enumerable.Repeat(true, (int)Blocks).ToArray(),
                },
                seed: 1);
            SeededDraws draws = new(2);
            Parameters = new LeanTune.Optimization.FlatParameters(
                Decoder.Linears.SelectMany((linear, i) => new[]
                {
                    ($"{linear.Name}.A", draws.For(i).For(0).Uniform(0, R, (int)linear.InputWidth), true),
                    ($"{linear.Name}.B", draws.For(i).For(1).Uniform(0, linear.OutputWidth, (int)R), true),
                }).ToList(),
                CPU);
            foreach (LeanTune.Adapters.LoraLinear linear in Decoder.Linears)
                linear.Branch = new LeanTune.Adapters.LoraBranch(Parameters.ByName[$"{linear.Name}.A"], Parameters.ByName[$"{linear.Name}.B"], 0.01);
        }

        public Decoder Decoder { get; }

        public LeanTune.Optimization.FlatParameters Parameters { get; }

        public void Dispose()
        {
            Parameters.Dispose();
            Decoder.Dispose();
        }
    }
}
