using CsCheck;
using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs;

/// <summary>The low-rank codec at the seam: shapes, bytes, masks, slices, and the reference's defects.</summary>
public class LowRankTests
{
    private static readonly SaveContext Context = new(new ActivationSite(0, ActivationRole.BlockInput), new SeededDraws(1));

    [Fact]
    public void Restores_shape_type_and_values_at_rank()
    {
        using var scope = NewDisposeScope();
        Tensor activation = Activation(4, 60, 32);
        using SavedActivation saved = new LowRank(RankRule.Absolute(6)).Save(activation, Context);
        saved.Shape.ShouldBe([4, 60, 32]);
        saved.Bytes.ShouldBe(4 * 6 * (240 + 32));
        using Tensor restored = saved.Restore();
        restored.shape.ShouldBe([4, 60, 32]);
        restored.dtype.ShouldBe(ScalarType.Float32);
        double error = Errors.Relative(restored, activation);
        error.ShouldBeGreaterThan(0.001);
        error.ShouldBeLessThan(1.4 * Errors.Optimal(activation.reshape(-1, 32), 6));
    }

    [Fact]
    public void Slices_equal_the_whole_with_and_without_padding() =>
        Gen.Select(Gen.ULong, Gen.Int[2, 90], Gen.Bool.Array[90], Gen.Int[0, 89], Gen.Int[0, 90], Gen.Bool).Sample((seed, rows, real, first, count, masked) =>
        {
            using var scope = NewDisposeScope();
            first = Math.Min(first, rows);
            count = Math.Min(count, rows - first);
            Tensor activation = randn(rows, 20, generator: new Generator(seed));
            Tensor? mask = masked ? tensor(real[..rows]) : null;
            using SavedActivation saved = new LowRank(RankRule.Absolute(3)) { EvenIfLarger = true }.Save(activation, Context with { RowMask = mask });
            Tensor whole = saved.Restore();
            Tensor part = saved.Restore(first, count);
            part.shape.ShouldBe([count, 20]);
            if (count > 0) (part - whole.narrow(0, first, count)).abs().max().ToDouble().ShouldBeLessThan(1e-5);
            if (mask is not null) whole.index_select(0, mask.logical_not().nonzero().flatten()).abs().sum().ToDouble().ShouldBe(0);
        }, iter: 200);

    [Fact]
    public void Padding_is_left_out_of_the_fit_and_of_the_bytes()
    {
        using var scope = NewDisposeScope();
        Tensor activation = Activation(4, 60, 32);
        Tensor mask = ones(4, 60, ScalarType.Bool);
        for (int sequence = 0; sequence < 4; sequence++)
        {
            int padding = 5 * sequence;
            mask[sequence].narrow(0, 60 - padding, padding).fill_(false);
            activation[sequence].narrow(0, 60 - padding, padding).fill_(1e6); // would own every direction
        }
        mask = mask.view(-1);
        using SavedActivation saved = new LowRank(RankRule.Absolute(6)).Save(activation, Context with { RowMask = mask });
        saved.Bytes.ShouldBe(4 * 6 * (210 + 32));
        Tensor index = mask.nonzero().flatten();
        Tensor real = activation.view(-1, 32).index_select(0, index);
        Errors.Relative(saved.Restore().view(-1, 32).index_select(0, index), real).ShouldBeLessThan(1.4 * Errors.Optimal(real, 6));
        saved.TryGetFactors(out Tensor left, out Tensor right, out IReadOnlyList<RowTile> rows).ShouldBeTrue();
        rows.ShouldBe([new RowTile(0, 60 + 55), new RowTile(120, 50), new RowTile(180, 45)]);
        Errors.Relative(left.mm(right), saved.Restore().view(-1, 32).index_select(0, index)).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Factors_are_handed_out_and_multiply_to_the_restored_value()
    {
        using var scope = NewDisposeScope();
        using SavedActivation saved = new LowRank(RankRule.Fraction(1.0 / 8)).Save(Activation(1, 200, 64), Context);
        saved.TryGetFactors(out Tensor left, out Tensor right, out IReadOnlyList<RowTile> rows).ShouldBeTrue();
        rows.ShouldBe([new RowTile(0, 200)]);
        left.shape.ShouldBe([200, 8]);
        right.shape.ShouldBe([8, 64]);
        Errors.Relative(left.mm(right), saved.Restore(0, 200)).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Defect4_what_is_kept_is_never_larger_than_the_activation()
    {
        using var scope = NewDisposeScope();
        Tensor activation = randn(96, 64, generator: new Generator(1));
        foreach ((int rank, bool factors) in new[] { (16, true), (38, true), (39, false), (64, false), (500, false) })
        {
            using SavedActivation saved = new LowRank(RankRule.Absolute(rank)).Save(activation, Context);
            saved.TryGetFactors(out _, out _, out _).ShouldBe(factors, $"rank {rank}");
            saved.Bytes.ShouldBeLessThanOrEqualTo(96 * 64 * 4);
            if (!factors) saved.Restore().IsSameAs(activation).ShouldBeTrue();
        }
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 50], Gen.Bool).Sample((rows, features, rank, narrow) =>
        {
            using var inner = NewDisposeScope();
            Tensor values = randn(rows, features).to(narrow ? bfloat16 : float32);
            using SavedActivation saved = new LowRank(RankRule.Absolute(rank)).Save(values, Context);
            saved.Bytes.ShouldBeLessThanOrEqualTo(values.numel() * values.element_size());
        }, iter: 200);
    }

    [Fact]
    public void Defect5_a_tiny_fraction_still_keeps_a_direction()
    {
        using var scope = NewDisposeScope();
        using SavedActivation saved = new LowRank(RankRule.Fraction(0.01)).Save(Activation(1, 200, 64), Context);
        saved.Restore().norm().ToDouble().ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Defect3_the_models_generator_is_left_alone()
    {
        using var scope = NewDisposeScope();
        Tensor activation = Activation(1, 200, 64);
        manual_seed(5);
        Tensor expected = randn(100);
        manual_seed(5);
        new LowRank(RankRule.Absolute(8), powerIterations: 1).Save(activation, Context).Dispose();
        randn(100).IsSameAs(expected).ShouldBeTrue();
    }

    [Fact]
    public void Defect7_there_is_no_cache_to_go_stale()
    {
        using var scope = NewDisposeScope();
        Tensor activation = randn(200, 8, generator: new Generator(2)).mm(randn(8, 64, generator: new Generator(3))); // rank 8: nothing is lost
        var codec = new LowRank(RankRule.Absolute(8));
        using SavedActivation before = codec.Save(activation, Context);
        Tensor original = activation.clone();
        activation.mul_(-3);
        using SavedActivation after = codec.Save(activation, Context);
        Errors.Relative(before.Restore(), original).ShouldBeLessThan(1e-4);
        Errors.Relative(after.Restore(), activation).ShouldBeLessThan(1e-4);
    }

    [Theory]
    [InlineData(ScalarType.Float32, ScalarType.BFloat16, 2, 1e-2)]
    [InlineData(ScalarType.BFloat16, ScalarType.BFloat16, 2, 1e-2)]
    [InlineData(ScalarType.Float16, ScalarType.BFloat16, 2, 1e-2)]
    [InlineData(ScalarType.BFloat16, ScalarType.Float32, 4, 1e-2)]
    [InlineData(ScalarType.Float16, ScalarType.Float32, 4, 2e-3)]
    public void Factors_may_have_a_type_of_their_own(ScalarType type, ScalarType factorType, int size, double tolerance)
    {
        using var scope = NewDisposeScope();
        Tensor activation = randn(200, 8, generator: new Generator(2)).mm(randn(8, 64, generator: new Generator(3))).to(type);
        using SavedActivation saved = new LowRank(RankRule.Absolute(8), factorType: factorType).Save(activation, Context);
        saved.Bytes.ShouldBe(size * 8 * (200 + 64));
        Tensor restored = saved.Restore();
        restored.dtype.ShouldBe(type);
        Errors.Relative(restored, activation).ShouldBeLessThan(tolerance);
    }

    [Fact]
    public void Fewer_tokens_than_rank_keep_what_they_have()
    {
        using var scope = NewDisposeScope();
        Tensor activation = Activation(1, 3, 64);
        using SavedActivation saved = new LowRank(RankRule.Absolute(16)) { EvenIfLarger = true }.Save(activation, Context);
        saved.Bytes.ShouldBe(4 * 3 * (3 + 64));
        Errors.Relative(saved.Restore(), activation).ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void Equal_draws_give_equal_bytes_and_other_draws_another_fit()
    {
        using var scope = NewDisposeScope();
        Tensor activation = Activation(1, 200, 64);
        var codec = new LowRank(RankRule.Absolute(8));
        using SavedActivation one = codec.Save(activation, Context), same = codec.Save(activation, Context);
        using SavedActivation other = codec.Save(activation, Context with { Draws = new SeededDraws(2) });
        one.Restore().IsSameAs(same.Restore()).ShouldBeTrue();
        one.Restore().IsSameAs(other.Restore()).ShouldBeFalse();
    }

    [Fact]
    public void A_slice_outside_the_activation_is_refused()
    {
        using var scope = NewDisposeScope();
        using SavedActivation saved = new LowRank(RankRule.Absolute(2)).Save(Activation(1, 50, 32), Context);
        Should.Throw<ArgumentOutOfRangeException>(() => saved.Restore(40, 11)).Message.ShouldContain("50 rows");
        Should.Throw<ArgumentOutOfRangeException>(() => saved.Restore(-1, 2));
        Should.Throw<ArgumentException>(() => new LowRank(RankRule.Absolute(2)).Save(Activation(1, 50, 32), Context with { RowMask = ones(49, ScalarType.Bool) }));
    }

    [Theory]
    [InlineData(240, 0.5), InlineData(240, 0.9), InlineData(240, 0.95), InlineData(40, 0.5), InlineData(40, 0.8)]
    public void A_rank_by_energy_holds_the_share_with_little_more_than_the_best_rank(int rows, double share)
    {
        using var scope = NewDisposeScope();
        // 64 features, or more features than rows: both sides of the decomposition.
        Tensor activation = rows == 240 ? Activation(1, rows, 64) : Activation(1, 160, rows).view(160, rows).t().contiguous();
        double[] energies = [.. linalg.svdvals(activation.view(-1, activation.shape[^1]).to(ScalarType.Float64)).square().data<double>().ToArray()];
        int best = 1;
        while (energies.Take(best).Sum() < share * energies.Sum()) best++;
        using SavedActivation saved = new LowRank(RankRule.Energy(share)).Save(activation, Context);
        saved.TryGetFactors(out Tensor left, out _, out _).ShouldBeTrue();
        int rank = (int)left.shape[1];
        rank.ShouldBeInRange(best, best + Math.Max(1, best / 4));
        double lost = Math.Pow(Errors.Relative(saved.Restore().view(activation.shape), activation), 2);
        lost.ShouldBeLessThanOrEqualTo(1 - share + 1e-5);
    }

    [Fact]
    public void A_rank_by_energy_that_needs_a_high_rank_looks_further_or_keeps_the_activation()
    {
        using var scope = NewDisposeScope();
        Tensor flat = randn(600, 128, generator: new Generator(4)); // energy in all directions alike
        using SavedActivation some = new LowRank(RankRule.Energy(0.5)).Save(flat, Context);
        some.TryGetFactors(out Tensor left, out _, out _).ShouldBeTrue();
        left.shape[1].ShouldBeInRange(33, 64); // more than the 32 that are looked at first
        Math.Pow(Errors.Relative(some.Restore(), flat), 2).ShouldBeLessThanOrEqualTo(0.5 + 1e-5);
        using SavedActivation nearlyAll = new LowRank(RankRule.Energy(0.99)).Save(flat, Context);
        nearlyAll.Restore().IsSameAs(flat).ShouldBeTrue();
        nearlyAll.Bytes.ShouldBe(4 * 600 * 128);
    }

    [Theory]
    [InlineData(1e25f), InlineData(1e-25f), InlineData(1f), InlineData(0f)]
    public void A_rank_by_energy_is_the_same_at_any_scale_and_none_of_padding_or_broken_rows(float scale)
    {
        using var scope = NewDisposeScope();
        Tensor plain = Activation(1, 240, 64).view(240, 64), activation = plain * scale;
        Tensor mask = ones(240, ScalarType.Bool);
        mask.narrow(0, 200, 40).fill_(false);
        activation.narrow(0, 200, 40).fill_(float.MaxValue); // padding: would own all energy
        activation[3, 5] = float.NaN;
        using SavedActivation saved = new LowRank(RankRule.Energy(0.9)).Save(activation, Context with { RowMask = mask });
        Tensor restored = saved.Restore();
        restored[3].isfinite().any().ToBoolean().ShouldBeFalse();
        restored.narrow(0, 200, 40).abs().sum().ToDouble().ShouldBe(0);
        Tensor found = restored.narrow(0, 4, 196), wanted = activation.narrow(0, 4, 196);
        if (scale == 0) found.abs().sum().ToDouble().ShouldBe(0);
        else Math.Pow(Errors.Relative(found / scale, wanted / scale), 2).ShouldBeLessThanOrEqualTo(0.11);
        saved.TryGetFactors(out Tensor left, out _, out _).ShouldBeTrue();
        left.shape[1].ShouldBeLessThan(8);
    }

    /// <summary>A decaying spectrum, as activations have.</summary>
    private static Tensor Activation(int sequences, int tokens, int features)
    {
        var generator = new Generator(17);
        Tensor decay = arange(1, features + 1, ScalarType.Float32).pow(-1.0);
        return (randn(sequences * tokens, features, generator: generator) * decay).mm(randn(features, features, generator: generator)).view(sequences, tokens, features);
    }
}
