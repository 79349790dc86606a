using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Adapters;
using LeanTune.Models;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations;

/// <summary>Whole models on the residual chain: repeatability, padding, dropout, accumulation, and the order that a chain demands.</summary>
public sealed class ChainedModelTests
{
    public static TheoryData<ActivationMode, int> Ways => new()
    {
        { ActivationMode.Layer, 1 }, { ActivationMode.Layer, 2 }, { ActivationMode.Sublayer, 1 }, { ActivationMode.Ops, 1 },
    };

    [Theory, MemberData(nameof(Ways))]
    public void A_step_repeats_bit_by_bit(ActivationMode mode, int shared)
    {
        using LoractLlama llama = new(dropout: 0.3);
        using Tensor ids = llama.Ids("plain", 0);
        Tensor Gradient()
        {
            llama.Step(ids, Plan(llama, mode, 2, shared), settings => settings with { Dropout = new DropoutMask(new SeededDraws(5)) });
            return llama.Parameters.Gradients.clone();
        }

        using Tensor first = Gradient(), second = Gradient();
        first.IsSameAs(second).ShouldBeTrue();
    }

    [Theory, MemberData(nameof(Ways))]
    public void Dropout_repeats_in_recomputation(ActivationMode mode, int shared)
    {
        using LoractLlama llama = new(dropout: 0.5);
        using Tensor ids = llama.Ids("plain", 0);
        Tensor Gradient(ActivationPlan plan)
        {
            llama.Step(ids, plan, settings => settings with { Dropout = new DropoutMask(new SeededDraws(1)) });
            return llama.Parameters.Gradients.clone();
        }

        using Tensor expected = Gradient(ActivationPlan.Uniform(llama.Model.Config.Blocks, ActivationMode.None, new Exact()));
        using Tensor actual = Gradient(Plan(llama, mode, 4, shared));
        Errors.Relative(actual, expected).ShouldBeLessThan(0.25); // another mask would be off by about the gradient itself
    }

    [Theory, MemberData(nameof(Ways))]
    public void In_bf16_it_comes_as_close_to_the_exact_gradient_as_in_fp32(ActivationMode mode, int shared)
    {
        double Error(ScalarType type)
        {
            using LoractLlama llama = new(type: type);
            using Tensor ids = llama.Ids("plain", 0);
            SavedBytes saved = new();
            double loss = llama.Step(ids, Plan(llama, mode, 4, shared), settings => settings with { Saved = saved });
            loss.ShouldBe(LoractLlama.Losses("plain")[0], type == ScalarType.BFloat16 ? 0.02 : 3e-5);
            saved.Total.ShouldBe(0);
            return llama.GradientError("exact").All;
        }

        Error(ScalarType.BFloat16).ShouldBeLessThan(Error(ScalarType.Float32) + 0.03); // bf16 alone costs about 0.01
    }

    [Theory, MemberData(nameof(Ways))]
    public void Padding_has_no_part_in_the_fit_and_none_in_the_gradient(ActivationMode mode, int shared)
    {
        using DisposeScope scope = NewDisposeScope();
        using LoractLlama llama = new();
        (double masked, double unmasked) = EffectOfPadding(llama, Plan(llama, mode, 2, shared));
        masked.ShouldBeLessThan(1e-6);
        if (mode != ActivationMode.Ops) unmasked.ShouldBeGreaterThan(1e-6); // without the mask it matters
    }

    [Fact]
    public void Padding_has_no_part_in_the_factors_of_operations()
    {
        using DisposeScope scope = NewDisposeScope();
        using LoractLlama llama = new();
        (double masked, double unmasked) = EffectOfPadding(llama, ActivationPlan.Uniform(llama.Model.Config.Blocks, ActivationMode.Ops, new LowRank(RankRule.Absolute(8))));
        masked.ShouldBeLessThan(1e-6);
        unmasked.ShouldBeGreaterThan(1e-3); // without the mask it matters
    }

    [Theory, MemberData(nameof(Ways))]
    public void Micro_batches_have_chains_of_their_own(ActivationMode mode, int shared)
    {
        using LoractLlama llama = new();
        using Tensor first = llama.Ids("plain", 0), second = llama.Ids("plain", 1);
        Tensor Gradient(Tensor ids)
        {
            llama.Step(ids, Plan(llama, mode, 2, shared));
            return llama.Parameters.Gradients.clone();
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor sum = Gradient(first) + Gradient(second);
        // Both forward passes before either backward pass: the chains must not meet.
        llama.Parameters.ZeroGradients();
        ActivationPlan plan = Plan(llama, mode, 2, shared);
        using ForwardPass one = new PassSettings { Plan = plan }.For(llama.Model, first), two = new PassSettings { Plan = plan }.For(llama.Model, second);
        Tensor lossOne = Loss(llama, first, one), lossTwo = Loss(llama, second, two);
        Autograd.Backward(lossOne);
        Autograd.Backward(lossTwo);
        Errors.Relative(llama.Parameters.Gradients, sum).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void A_backward_pass_that_skips_a_block_is_an_error_that_says_so()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChainState chain = new();
        Tensor input = randn(40, 64, generator: new Generator(3)).requires_grad_();
        Tensor first = Segment(input, 0, chain), second = Segment(first.detach(), 1, chain);
        _ = second; // its graph is alive, and stands above the first in the chain
        InvalidOperationException error = Should.Throw<InvalidOperationException>(() => Autograd.Backward(first.sum()));
        error.Message.ShouldContain("block 0");
        error.Message.ShouldContain("block 1");
        error.Message.ShouldContain("reverse order");
    }

    [Fact]
    public void A_second_backward_pass_through_a_chain_is_an_error_that_says_so()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChainState chain = new();
        Tensor input = randn(40, 64, generator: new Generator(3)).requires_grad_();
        Tensor loss = Segment(Segment(input, 0, chain), 1, chain).sum();
        Autograd.Backward(loss);
        Should.Throw<InvalidOperationException>(() => Autograd.Backward(loss)).Message.ShouldContain("second time");
    }

    [Fact]
    public void A_link_that_was_let_go_says_so()
    {
        using ChainState chain = new();
        using Tensor values = ones(8, 16);
        SavedActivation saved = new ResidualChain().Save(values, new SaveContext(new ActivationSite(3, ActivationRole.BlockInput), new SeededDraws(1), Chain: chain));
        saved.Dispose();
        Should.Throw<ObjectDisposedException>(() => saved.Restore()).Message.ShouldContain("one backward pass");
    }

    [Fact]
    public void A_pass_dropped_without_its_backward_pass_leaves_nothing()
    {
        using LoractLlama llama = new();
        using Tensor ids = llama.Ids("plain", 0);
        SavedBytes saved = new();
        using (DisposeScope scope = NewDisposeScope())
        {
            using ForwardPass pass = new PassSettings { Plan = Plan(llama, ActivationMode.Sublayer, 2, 1), Saved = saved }.For(llama.Model, ids);
            Tensor hidden = llama.Model.ForwardBlocks(ids, pass);
            saved.Total.ShouldBeGreaterThan(0);
            hidden.Dispose();
        }

        saved.Total.ShouldBe(0);
        llama.Step(ids, Plan(llama, ActivationMode.Sublayer, 4, 1));
        llama.GradientError("exact").All.ShouldBeLessThan(0.1);
    }

    /// <summary>How far the gradient moves when other tokens stand in the padding: with its rows masked, and without.</summary>
    private static (double Masked, double Unmasked) EffectOfPadding(LoractLlama llama, ActivationPlan plan)
    {
        const int Real = 30;
        Tensor ids = llama.Ids("plain", 0).clone(), mask = ones_like(ids, ScalarType.Bool), labels = ids.clone();
        mask[1].narrow(0, Real, ids.shape[1] - Real).fill_(false);
        labels[1].narrow(0, Real, ids.shape[1] - Real).fill_(-100);
        Tensor Gradient(int padding, Tensor? rows)
        {
            Tensor padded = ids.clone();
            padded[1].narrow(0, Real, ids.shape[1] - Real).fill_(padding);
            llama.Step(padded, plan, settings => settings with { RowMask = rows, Labels = labels });
            return llama.Parameters.Gradients.clone();
        }

        return (Errors.Relative(Gradient(77, mask.view(-1)), Gradient(3, mask.view(-1))), Errors.Relative(Gradient(77, null), Gradient(3, null)));
    }

    /// <summary>A checkpointed piece of a network, one link of a chain.</summary>
    private static Tensor Segment(Tensor x, int block, ChainState chain) => Checkpoint.Run(
        RowSegment.Of((rows, _) => rows.tanh() + rows), x, [], new ResidualChain(),
        new SaveContext(new ActivationSite(block, ActivationRole.BlockInput), new SeededDraws(1), Chain: chain));

    private static Tensor Loss(LoractLlama llama, Tensor ids, ForwardPass pass) => LeanTune.Losses.ChunkedCrossEntropy.Sum(
        llama.Model.ForwardBlocks(ids, pass), llama.Model.FinalNorm, llama.Model.Head, ids, 1.0 / (ids.shape[0] * (ids.shape[1] - 1)));

    private static ActivationPlan Plan(LoractLlama llama, ActivationMode mode, int bits, int shared) =>
        ActivationPlan.Uniform(llama.Model.Config.Blocks, mode, new ResidualChain(bits), shared);
}
