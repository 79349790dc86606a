using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Adapters;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations;

/// <summary>Whole models in every mode: randomness, padding, ranks, evaluation, and codecs that depend on the block before.</summary>
public sealed class ModelModesTests
{
    [Theory]
    [InlineData(ActivationMode.Layer)]
    [InlineData(ActivationMode.Sublayer)]
    [InlineData(ActivationMode.Ops)]
    public void Defect2_dropout_repeats_in_recomputation(ActivationMode mode)
    {
        using LoractLlama llama = new(dropout: 0.5);
        using Tensor ids = llama.Ids("plain", 0);
        Tensor Gradient(ActivationMode how, ulong seed)
        {
            llama.Step(ids, Uniform(llama, how, new Exact()), settings => settings with { Dropout = new DropoutMask(new SeededDraws(seed)) });
            return llama.Parameters.Gradients.clone();
        }

        using Tensor expected = Gradient(ActivationMode.None, 1), actual = Gradient(mode, 1), other = Gradient(mode, 2);
        Errors.Relative(actual, expected).ShouldBeLessThan(1e-5);
        Errors.Relative(other, expected).ShouldBeGreaterThan(0.1); // the mask does matter
    }

    [Theory]
    [InlineData(ActivationMode.Layer)]
    [InlineData(ActivationMode.Sublayer)]
    [InlineData(ActivationMode.Ops)]
    public void Defect3_compression_leaves_torchs_generator_alone(ActivationMode mode)
    {
        using LoractLlama llama = new();
        using Tensor ids = llama.Ids("plain", 0);
        byte[] before = State();
        llama.Step(ids, Uniform(llama, mode, new LowRank(RankRule.Absolute(8))));
        State().ShouldBe(before);
    }

    [Theory]
    [InlineData(ActivationMode.Layer)]
    [InlineData(ActivationMode.Sublayer)]
    public void Padding_has_no_part_in_the_fit_and_none_in_the_gradient(ActivationMode mode)
    {
        const int Real = 30;
        using DisposeScope scope = NewDisposeScope();
        using LoractLlama llama = new();
        Tensor ids = llama.Ids("plain", 0).clone(), mask = ones_like(ids, ScalarType.Bool), labels = ids.clone();
        mask[1].narrow(0, Real, ids.shape[1] - Real).fill_(false);
        labels[1].narrow(0, Real, ids.shape[1] - Real).fill_(-100);
        SavedBytes saved = new();
        Tensor Gradient(int padding, bool masked)
        {
            Tensor padded = ids.clone();
            padded[1].narrow(0, Real, ids.shape[1] - Real).fill_(padding);
            llama.Step(padded, Uniform(llama, mode, new LowRank(RankRule.Absolute(8))), settings => settings with
            {
                RowMask = masked ? mask.view(-1) : null,
                Labels = labels,
                Saved = saved,
            });
            return llama.Parameters.Gradients.clone();
        }

        Tensor expected = Gradient(3, masked: true);
        long rows = ids.shape[1] + Real, all = 2 * ids.shape[1], tensors = mode == ActivationMode.Layer ? 3 : 6;
        long statistics = mode == ActivationMode.Layer ? 0 : tensors * all * 4;
        saved.Peak.ShouldBe((tensors * 8 * (rows + 64) * 4) + statistics);
        Errors.Relative(Gradient(77, masked: true), expected).ShouldBeLessThan(1e-6);
        Errors.Relative(Gradient(77, masked: false), Gradient(3, masked: false)).ShouldBeGreaterThan(1e-3); // without the mask it matters
    }

    [Theory]
    [InlineData(ActivationMode.Layer)]
    [InlineData(ActivationMode.Sublayer)]
    public void Defect4_no_rank_keeps_more_than_the_exact_tensors(ActivationMode mode)
    {
        using LoractLlama llama = new();
        using Tensor ids = llama.Ids("plain", 0);
        long Kept(IActivationCodec codec)
        {
            SavedBytes saved = new();
            llama.Step(ids, Uniform(llama, mode, codec), settings => settings with { Saved = saved });
            return saved.Peak;
        }

        long exact = Kept(new Exact());
        Kept(new LowRank(RankRule.Absolute(8))).ShouldBeLessThan(exact);
        foreach (int rank in new[] { 38, 39, 64, 500 }) Kept(new LowRank(RankRule.Absolute(rank))).ShouldBeLessThanOrEqualTo(exact, $"rank {rank}");
        llama.GradientError("exact").All.ShouldBeLessThan(1e-5); // rank 500 kept exact tensors
    }

    [Theory]
    [InlineData(ActivationMode.Layer)]
    [InlineData(ActivationMode.Sublayer)]
    [InlineData(ActivationMode.Ops)]
    public void Defect8_evaluation_keeps_nothing(ActivationMode mode)
    {
        using LoractLlama llama = new();
        using Tensor ids = llama.Ids("plain", 0);
        ObservedCodec codec = new(new LowRank(RankRule.Absolute(8)));
        SavedBytes saved = new();
        using IDisposable quiet = no_grad();
        llama.Step(ids, Uniform(llama, mode, codec), settings => settings with { Saved = saved }).ShouldBe(LoractLlama.Losses("plain")[0], 3e-5);
        codec.Saves.ShouldBeEmpty();
        saved.Peak.ShouldBe(0);
    }

    [Theory]
    [InlineData(ActivationMode.Layer)]
    [InlineData(ActivationMode.Sublayer)]
    public void Codecs_of_one_chain_save_in_forward_order_and_restore_in_reverse(ActivationMode mode)
    {
        using LoractLlama llama = new();
        using Tensor ids = llama.Ids("plain", 0);
        using DifferenceCodec difference = new();
        ObservedCodec codec = new(difference);
        llama.Step(ids, Uniform(llama, mode, codec));
        codec.Saves.Count.ShouldBe(mode == ActivationMode.Layer ? 3 : 6);
        codec.Saves.ShouldBe(codec.Saves.OrderBy(site => site.Block).ThenBy(site => site.Ordinal));
        codec.Restores.ShouldBe(codec.Saves.AsEnumerable().Reverse());
        llama.GradientError("exact").All.ShouldBeLessThan(2e-5);
    }

    [Theory]
    [InlineData(ActivationMode.Layer)]
    [InlineData(ActivationMode.Sublayer)]
    public void More_bits_of_the_residual_chain_give_truer_gradients(ActivationMode mode)
    {
        using LoractLlama llama = new();
        using Tensor ids = llama.Ids("plain", 0);
        double last = 1;
        foreach (int bits in ResidualChain.BitChoices)
        {
            SavedBytes saved = new();
            llama.Step(ids, Uniform(llama, mode, new ResidualChain(bits)), settings => settings with { Saved = saved });
            saved.Total.ShouldBe(0);
            double error = llama.GradientError("exact").All;
            error.ShouldBeLessThan(last, $"{bits} bits");
            last = error;
        }

        last.ShouldBeLessThan(0.1);
    }

    private static ActivationPlan Uniform(LoractLlama llama, ActivationMode mode, IActivationCodec codec) =>
        ActivationPlan.Uniform(llama.Model.Config.Blocks, mode, codec);

    private static byte[] State()
    {
        using Tensor state = get_rng_state();
        return state.bytes.ToArray();
    }
}
