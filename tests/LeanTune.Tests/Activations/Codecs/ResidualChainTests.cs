using CsCheck;
using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Activations.Codecs.Residual;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs;

/// <summary>The residual chain at the seam: what comes back, in which type and size, and what padding and thread counts change.</summary>
public class ResidualChainTests
{
    public static TheoryData<int> Bits => [.. ResidualChain.BitChoices];

    [Theory]
    [MemberData(nameof(Bits))]
    public void Walks_up_and_down_to_the_exact_first_activation(int bits)
    {
        using var scope = NewDisposeScope();
        Tensor[] stream = Streams.Residual(blocks: 6, tokens: 300, features: 192);
        using ChainState chain = new();
        SavedActivation[] saved = ChainSteps.SaveAll(new ResidualChain(bits), stream, chain);
        saved[0].Kind.ShouldBe(SavedBytes.Chain);
        saved.Skip(1).ShouldAllBe(activation => activation.Kind == SavedBytes.Codes);
        double worst = 0;
        for (int block = 5; block >= 0; block--)
        {
            using (Tensor restored = saved[block].Restore())
            {
                restored.shape.ShouldBe(stream[block].shape);
                restored.dtype.ShouldBe(ScalarType.Float32);
                if (block == 0) Errors.Relative(restored, stream[0]).ShouldBeLessThan(1e-6);
                else worst = Math.Max(worst, Errors.Relative(restored, stream[block], stream[block] - stream[block - 1]));
            }
            saved[block].Dispose();
        }
        // In units of the updates; directions gain on the quantiser's own loss.
        worst.ShouldBeInRange(1e-3, Math.Sqrt(Trellis.Of(1 << bits).Distortion));
        chain.Bytes.ShouldBe(0);
    }

    [Fact]
    public void The_loop_is_closed_so_losses_do_not_pile_up()
    {
        using var scope = NewDisposeScope();
        Tensor[] stream = Streams.Residual(blocks: 40, tokens: 128, features: 64);
        using ChainState chain = new();
        using Tensor decoded = ChainSteps.SaveAll(new ResidualChain(1), stream, chain)[^1].Restore();
        // One code's loss, not that of 39 codes: 0.36 of each update's energy would add up to 3.7 updates.
        Errors.Relative(decoded, stream[39], stream[39] - stream[38]).ShouldBeLessThan(0.9);
    }

    [Fact]
    public void Walking_down_a_hundred_blocks_drifts_by_rounding_alone()
    {
        using var scope = NewDisposeScope();
        Tensor[] stream = Streams.Residual(blocks: 100, tokens: 120, features: 64);
        for (int block = 1; block < 90; block++) stream[block][0].add_(2000); // a first token that is large in the middle of the model
        using ChainState chain = new();
        SavedActivation[] saved = ChainSteps.SaveAll(new ResidualChain(), stream, chain);
        for (int block = 99; block > 0; block--)
        {
            saved[block].Restore().Dispose();
            saved[block].Dispose();
        }
        using Tensor first = saved[0].Restore();
        Tensor drift = (first - stream[0]).norm(1) / stream[0].norm(1); // (tokens)
        drift.narrow(0, 1, 119).max().ToDouble().ShouldBeLessThan(2e-5);
        drift[0].ToDouble().ShouldBeInRange(1e-6, 2e-3);
    }

    [Theory]
    [InlineData(ScalarType.BFloat16, 2e-3)]
    [InlineData(ScalarType.Float16, 3e-4)]
    [InlineData(ScalarType.Float64, 1e-6)]
    public void Other_types_come_back_in_their_own(ScalarType type, double firstError)
    {
        using var scope = NewDisposeScope();
        Tensor[] stream = [.. Streams.Residual(blocks: 3, tokens: 300, features: 192).Select(activation => activation.to(type))];
        using ChainState chain = new();
        SavedActivation[] saved = ChainSteps.SaveAll(new ResidualChain(), stream, chain);
        for (int block = 2; block >= 0; block--)
        {
            using Tensor restored = saved[block].Restore();
            restored.dtype.ShouldBe(type);
            double error = Errors.Relative(restored, stream[block], block == 0 ? stream[0] : stream[block] - stream[block - 1]);
            error.ShouldBeLessThan(block == 0 ? firstError : 0.34);
            saved[block].Dispose();
        }
    }

    [Fact]
    public void Without_a_chain_each_activation_is_coded_alone()
    {
        using var scope = NewDisposeScope();
        Tensor activation = Streams.Update(300, 192, new Generator(5));
        ResidualChain codec = new(3);
        using SavedActivation one = codec.Save(activation.view(3, 100, 192), ChainSteps.At(0, null)), two = codec.Save(activation * 2, ChainSteps.At(0, null));
        one.Kind.ShouldBe(SavedBytes.Codes);
        one.Shape.ShouldBe([3, 100, 192]);
        Errors.Relative(two.Restore(), activation * 2).ShouldBeLessThan(0.19);
        Tensor whole = one.Restore();
        Errors.Relative(whole.view(300, 192), activation).ShouldBeLessThan(0.19);
        foreach ((int first, int rows) in new[] { (0, 300), (0, 1), (99, 3), (250, 50), (7, 0) })
            (one.Restore(first, rows) - whole.view(300, 192).narrow(0, first, rows)).abs().sum().ToDouble().ShouldBe(0);
        Should.Throw<ArgumentOutOfRangeException>(() => one.Restore(299, 2));
    }

    [Fact]
    public void Padding_takes_no_part_and_comes_back_as_zeros()
    {
        using var scope = NewDisposeScope();
        Tensor[] real = Streams.Residual(blocks: 3, tokens: 200, features: 128);
        Tensor mask = ones(300, ScalarType.Bool);
        mask.narrow(0, 90, 40).fill_(false);
        mask.narrow(0, 240, 60).fill_(false);
        Tensor index = mask.nonzero().flatten();
        Tensor[] padded = [.. real.Select(rows => full(300, 128, double.NaN).index_copy_(0, index, rows))];
        using ChainState chain = new(), compact = new();
        ResidualChain codec = new(4);
        SavedActivation[] saved = ChainSteps.SaveAll(codec, padded, chain, mask), expected = ChainSteps.SaveAll(codec, real, compact);
        saved.Select(activation => activation.Bytes).Skip(1).ShouldBe(expected.Select(activation => activation.Bytes).Skip(1));
        for (int block = 2; block >= 0; block--)
        {
            using Tensor restored = saved[block].Restore(), values = expected[block].Restore();
            restored.index_select(0, mask.logical_not().nonzero().flatten()).eq(0).all().ToBoolean().ShouldBeTrue();
            Errors.Relative(restored.index_select(0, index), values).ShouldBeLessThan(5e-3); // a sum's order may move a code
            saved[block].Dispose();
            expected[block].Dispose();
        }
        using SavedActivation alone = codec.Save(padded[1], ChainSteps.At(1, null, mask));
        Tensor open = alone.Restore();
        open.index_select(0, mask.logical_not().nonzero().flatten()).eq(0).all().ToBoolean().ShouldBeTrue();
        Errors.Relative(open.index_select(0, index), real[1]).ShouldBeLessThan(0.1);
    }

    [Fact]
    public void Equal_draws_give_equal_codes()
    {
        using var scope = NewDisposeScope();
        Tensor activation = Streams.Update(400, 128, new Generator(5));
        ResidualChain codec = new();
        using SavedActivation one = codec.Save(activation, ChainSteps.At(0, null)), same = codec.Save(activation, ChainSteps.At(0, null));
        using SavedActivation other = codec.Save(activation, ChainSteps.At(0, null) with { Draws = new SeededDraws(99) });
        one.Restore().IsSameAs(same.Restore()).ShouldBeTrue();
        one.Restore().IsSameAs(other.Restore()).ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Bits))]
    public void What_is_kept_is_never_larger_than_the_activation(int bits) =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 90], Gen.OneOf(Gen.Const(ScalarType.Float32), Gen.Const(ScalarType.BFloat16)), Gen.Bool, Gen.ULong).Sample((rows, features, type, chained, seed) =>
        {
            using var scope = NewDisposeScope();
            Tensor[] stream = [.. Streams.Residual(2, rows, features, seed).Select(activation => activation.to(type))];
            using ChainState? chain = chained ? new() : null;
            SavedActivation[] saved = ChainSteps.SaveAll(new ResidualChain(bits), stream, chain);
            saved[1].Bytes.ShouldBeLessThanOrEqualTo(stream[1].numel() * stream[1].element_size());
            Errors.Relative(saved[1].Restore(), stream[1], chained ? stream[1] - stream[0] : stream[1]).ShouldBeLessThan(0.95);
            saved[1].Dispose();
            saved[0].Dispose();
        }, iter: 60);

    [Theory]
    [InlineData(1, "residual chain, 1 bit")]
    [InlineData(2, "residual chain, 2 bits")]
    public void Says_what_it_is(int bits, string text) => new ResidualChain(bits).ToString().ShouldBe(text);

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(-1)]
    public void Other_numbers_of_bits_are_refused_with_the_choices(int bits) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new ResidualChain(bits)).Message.ShouldContain("1, 2, 3, 4");
}
