using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Adapters;
using LeanTune.Models;
using LeanTune.Models.Blocks;
using LeanTune.Native;
using LeanTune.Optimization;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Models;

/// <summary>However a block's insides are cut, outputs and gradients are those of the uncut block, dropout included.</summary>
public class TilingTests
{
    private static readonly Tiling[] s_cuts =
    [
        new(Sequences: 1, FeedRows: 1 << 20, Heads: 1 << 10), // a sequence at a time
        new(Sequences: 1, FeedRows: 5, Heads: 1), // and its insides in parts
        new(Sequences: 1 << 10, FeedRows: 7, Heads: 1), // parts over all sequences
        new(Sequences: 1 << 10, FeedRows: 1 << 20, Heads: 1),
    ];

    public static TheoryData<string, ActivationMode, int> Cases
    {
        get
        {
            TheoryData<string, ActivationMode, int> data = [];
            // Biases, normalised heads, windows with padding, unrotated blocks.
            foreach (string family in new[] { "llama", "mistral", "qwen2", "qwen3", "smollm3" })
            {
                data.Add(family, ActivationMode.Layer, 1);
                data.Add(family, ActivationMode.Layer, 2);
                data.Add(family, ActivationMode.Sublayer, 1);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Gradients_equal_those_of_the_uncut_block(string family, ActivationMode mode, int blocksPerCheckpoint)
    {
        using FamilyGolden golden = new(family);
        using FlatParameters parameters = golden.AttachAdapter(dropout: 0.3);
        int blocks = golden.Model.Config.Blocks;
        (double Loss, Tensor Gradient) Step(ActivationPlan plan, Tiling cut)
        {
            parameters.ZeroGradients();
            double loss = golden.Step(plan, cut, new DropoutMask(new SeededDraws(4)));
            return (loss, parameters.Gradients.clone());
        }

        using DisposeScope scope = NewDisposeScope();
        Tiling whole = new(1 << 10, 1 << 20, 1 << 10);
        (double expectedLoss, Tensor expected) = Step(ActivationPlan.Uniform(blocks, ActivationMode.None, new Exact()), whole);
        ActivationPlan plan = ActivationPlan.Uniform(blocks, mode, new Exact(), blocksPerCheckpoint);
        foreach (Tiling cut in s_cuts.Prepend(whole))
        {
            (double loss, Tensor gradient) = Step(plan, cut);
            loss.ShouldBe(expectedLoss, 1e-5, $"{cut}");
            Errors.Relative(gradient, expected).ShouldBeLessThan(1e-5, $"{cut}");
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void What_codecs_lose_does_not_depend_on_cuts(string family, ActivationMode mode, int blocksPerCheckpoint)
    {
        using FamilyGolden golden = new(family);
        using FlatParameters parameters = golden.AttachAdapter(dropout: 0.3);
        using DisposeScope scope = NewDisposeScope();
        Tensor Gradient(IActivationCodec codec, ActivationMode how, Tiling cut)
        {
            parameters.ZeroGradients();
            golden.Step(ActivationPlan.Uniform(golden.Model.Config.Blocks, how, codec, how == mode ? blocksPerCheckpoint : 1), cut, new DropoutMask(new SeededDraws(4)));
            return parameters.Gradients.clone();
        }

        Tiling whole = new(1 << 10, 1 << 20, 1 << 10);
        Tensor exact = Gradient(new Exact(), ActivationMode.None, whole);
        foreach (IActivationCodec codec in new IActivationCodec[] { new ResidualChain(2), new LowRank(RankRule.Fraction(1.0 / 4)) { EvenIfLarger = true } })
        {
            Tensor uncut = Gradient(codec, mode, whole);
            double lost = Errors.Relative(uncut, exact);
            // Two blocks share one checkpoint: the chain is then its exact beginning alone.
            if (codec is LowRank || blocksPerCheckpoint == 1) lost.ShouldBeGreaterThan(1e-3, $"{codec}: something must be lost");
            // What is coded differs by rounding from cut to cut; a number beside a threshold may fall to its other side.
            foreach (Tiling cut in s_cuts) Errors.Relative(Gradient(codec, mode, cut), uncut).ShouldBeLessThan((0.1 * lost) + 1e-5, $"{codec}, {cut}");
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void In_bf16_cuts_add_no_error_of_their_own(string family, ActivationMode mode, int blocksPerCheckpoint)
    {
        using DisposeScope scope = NewDisposeScope();
        (double Loss, Tensor Gradient)[] Steps(ScalarType type, ActivationMode how, int shared, params Tiling[] cuts)
        {
            using FamilyGolden golden = new(family, type);
            using FlatParameters parameters = golden.AttachAdapter(dropout: 0.3);
            ActivationPlan plan = ActivationPlan.Uniform(golden.Model.Config.Blocks, how, new Exact(), shared);
            return
            [
                .. cuts.Select(cut =>
                {
                    parameters.ZeroGradients();
                    return (golden.Step(plan, cut, new DropoutMask(new SeededDraws(4))), parameters.Gradients.clone());
                }),
            ];
        }

        Tiling whole = new(1 << 10, 1 << 20, 1 << 10);
        (double expectedLoss, Tensor expected) = Steps(ScalarType.Float32, ActivationMode.None, 1, whole)[0];
        (double Loss, Tensor Gradient)[] narrow = Steps(ScalarType.BFloat16, mode, blocksPerCheckpoint, [whole, .. s_cuts]);
        double uncut = Errors.Relative(narrow[0].Gradient, expected);
        uncut.ShouldBeInRange(1e-4, 0.05);
        for (int i = 0; i < narrow.Length; i++)
        {
            narrow[i].Loss.ShouldBe(expectedLoss, 0.02, $"cut {i}");
            Errors.Relative(narrow[i].Gradient, expected).ShouldBeLessThan(1.3 * uncut, $"cut {i}");
        }
    }

    [Theory, MemberData(nameof(DecoderGoldens.Families), MemberType = typeof(DecoderGoldens))]
    public void Evaluation_is_cut_as_well(string family)
    {
        using FamilyGolden golden = new(family);
        using IDisposable quiet = no_grad();
        foreach (Tiling cut in s_cuts)
        {
            using ForwardPass pass = golden.Pass(tiling: cut);
            using Tensor hidden = golden.Model.Forward(golden["input_ids"], pass);
            golden.Loss(hidden).ShouldBe(golden.Scalar("loss"), 1e-5, $"{cut}");
        }
    }

    [Fact]
    public void A_budget_cuts_sequences_before_it_cuts_within_them()
    {
        using FamilyGolden golden = new("llama");
        DecoderConfig config = golden.Model.Config with { Width = 576, FeedForward = 1536, Heads = 9, KeyValueHeads = 3, HeadWidth = 64 };
        Tiling ample = Tiling.For(config, batch: 8, tokens: 512, elementBytes: 4, budget: 1L << 40);
        ample.ShouldBe(new Tiling(8, 4096, 3));
        ample.Groups(8, 512).Count.ShouldBe(1);
        Tiling groups = Tiling.For(config, 8, 512, 4, budget: 100L << 20);
        groups.Sequences.ShouldBeInRange(1, 7);
        (groups.FeedRows, groups.Heads).ShouldBe((groups.Sequences * 512, 3));
        groups.Groups(8, 512).Sum(tile => tile.Rows).ShouldBe(4096);
        Tiling within = Tiling.For(config, 8, 8192, 4, budget: 50L << 20);
        within.Sequences.ShouldBe(1);
        within.FeedRows.ShouldBeInRange(128, 2048);
        within.Heads.ShouldBe(1);
        Tiling.For(config, 1, 8192, 4, budget: 1).ShouldBe(new Tiling(1, 128, 1)); // never smaller than what products need
    }
}
