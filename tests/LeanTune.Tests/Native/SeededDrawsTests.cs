using CsCheck;
using LeanTune.Activations;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Native;

/// <summary>Stateless draws: distinct, uniform, independent of tiling and threads, and of torch's generator.</summary>
[Collection(nameof(NativeMemoryCollection))] // one test sets the number of threads, which all of libtorch shares
public class SeededDrawsTests
{
    [Fact]
    public void Indices_are_distinct_in_range_and_a_longer_draw_begins_with_the_shorter() =>
        Gen.Select(Gen.ULong, Gen.Int[1, 3000], Gen.Double[0, 1]).Sample((seed, population, share) =>
        {
            var draws = new SeededDraws(seed);
            int count = (int)(share * population);
            long[] drawn = draws.DistinctIndices(count, population);
            drawn.Length.ShouldBe(count);
            drawn.Distinct().Count().ShouldBe(count);
            drawn.All(index => index >= 0 && index < population).ShouldBeTrue();
            draws.DistinctIndices(population, population)[..count].ShouldBe(drawn);
        }, iter: 300);

    [Fact]
    public void A_huge_population_costs_memory_for_the_drawn_only()
    {
        long[] drawn = new SeededDraws(1).DistinctIndices(100, long.MaxValue);
        drawn.Distinct().Count().ShouldBe(100);
        ((double)drawn.Max()).ShouldBeGreaterThan(0.9 * long.MaxValue);
        Should.Throw<ArgumentOutOfRangeException>(() => new SeededDraws(1).DistinctIndices(5, 4));
    }

    [Fact]
    public void Every_index_is_drawn_as_often_at_every_place()
    {
        // 3 of 24, 24,000 draws: place × index has 72 cells of 1,000 each.
        var cells = new double[3 * 24];
        for (ulong seed = 0; seed < 24_000; seed++)
        {
            long[] drawn = new SeededDraws(seed).DistinctIndices(3, 24);
            for (int place = 0; place < 3; place++) cells[(place * 24) + drawn[place]]++;
        }
        ChiSquare(cells, 1000).ShouldBeLessThan(69 + (6 * Math.Sqrt(2 * 69))); // 3 × 23 degrees of freedom, six deviations
    }

    [Fact]
    public void Uniform_numbers_are_uniform_and_neighbours_are_independent()
    {
        using Tensor values = new SeededDraws(42).For(3).Uniform(1000, 512, 512);
        float[] all = values.data<float>().ToArray();
        all.Min().ShouldBeGreaterThanOrEqualTo(0f);
        all.Max().ShouldBeLessThan(1f);
        var single = new double[64];
        var besides = new double[64];
        var below = new double[64];
        for (int row = 0; row < 511; row++)
            for (int column = 0; column < 511; column++)
            {
                int here = (row * 512) + column;
                single[(int)(all[here] * 64)]++;
                besides[((int)(all[here] * 8) * 8) + (int)(all[here + 1] * 8)]++;
                below[((int)(all[here] * 8) * 8) + (int)(all[here + 512] * 8)]++;
            }
        double bound = 63 + (6 * Math.Sqrt(2 * 63));
        foreach (double[] cells in new[] { single, besides, below }) ChiSquare(cells, 511 * 511 / 64.0).ShouldBeLessThan(bound);
    }

    [Fact]
    public void A_dropout_mask_is_the_same_under_any_tiling() =>
        Gen.Select(Gen.ULong, Gen.Int[1, 60], Gen.Int[1, 200], Gen.Int[1, 17], Gen.Double[0, 1]).Sample((seed, rows, columns, tile, keep) =>
        {
            using var scope = NewDisposeScope();
            var draws = new SeededDraws(seed);
            Tensor whole = draws.KeepMask(keep, 5, rows, columns);
            var tiles = new List<Tensor>();
            for (int row = 0; row < rows; row += tile) tiles.Add(draws.KeepMask(keep, 5 + row, Math.Min(tile, rows - row), columns));
            cat(tiles).IsSameAs(whole).ShouldBeTrue();
            // Columns too: a value depends on its own place, whichever vector or remainder it was computed in.
            draws.KeepMask(keep, 5, rows, columns + 77).narrow(1, 0, columns).IsSameAs(whole).ShouldBeTrue();
            (draws.Uniform(5, rows, columns) < Math.Round(keep * (1 << 24)) / (1 << 24)).IsSameAs(whole).ShouldBeTrue();
        }, iter: 200);

    [Fact]
    public void A_dropout_mask_keeps_the_wanted_share()
    {
        foreach (double keep in (double[])[0, 0.05, 0.5, 0.9, 1])
        {
            using var scope = NewDisposeScope();
            double share = new SeededDraws(9).KeepMask(keep, 0, 1000, 1000).to(float32).mean().ToDouble();
            share.ShouldBe(keep, 6 * Math.Sqrt(keep * (1 - keep) / 1e6) + 1e-7);
        }
        Should.Throw<ArgumentOutOfRangeException>(() => new SeededDraws(9).KeepMask(1.1, 0, 1, 1));
        Should.Throw<ArgumentOutOfRangeException>(() => new SeededDraws(9).KeepMask(double.NaN, 0, 1, 1));
    }

    [Fact]
    public void Draws_are_the_same_with_one_and_two_threads()
    {
        using var scope = NewDisposeScope();
        int before = get_num_threads();
        try
        {
            set_num_threads(1);
            Tensor one = new SeededDraws(4).Uniform(0, 700, 333);
            Tensor oneMask = new SeededDraws(4).KeepMask(0.3, 0, 700, 333);
            set_num_threads(2);
            new SeededDraws(4).Uniform(0, 700, 333).IsSameAs(one).ShouldBeTrue();
            new SeededDraws(4).KeepMask(0.3, 0, 700, 333).IsSameAs(oneMask).ShouldBeTrue();
        }
        finally
        {
            set_num_threads(before);
        }
        long[] alone = new SeededDraws(4).DistinctIndices(50, 1000);
        Parallel.For(0, 8, _ => new SeededDraws(4).DistinctIndices(50, 1000).ShouldBe(alone));
    }

    [Fact]
    public void Seed_step_and_site_each_change_the_draws()
    {
        var seeds = from seed in (ulong[])[0, 1]
                    from step in (long[])[0, 1, 2]
                    from block in (int[])[0, 1, 2]
                    from role in Enum.GetValues<ActivationRole>()
                    from ordinal in (int[])[0, 1]
                    select new SeededDraws(seed).For(step, new ActivationSite(block, role, ordinal));
        string[] drawn = [.. seeds.Select(draws => string.Join(' ', draws.DistinctIndices(8, 1_000_000)))];
        drawn.Distinct().Count().ShouldBe(2 * 3 * 3 * 4 * 2);
    }

    [Fact]
    public void Signs_are_plus_or_minus_one_in_equal_parts()
    {
        using var scope = NewDisposeScope();
        Tensor signs = new SeededDraws(7).Signs(40_000);
        signs.abs().eq(1).all().ToBoolean().ShouldBeTrue();
        Math.Abs(signs.sum().ToDouble()).ShouldBeLessThan(6 * 200);
        new SeededDraws(7).Signs(100).IsSameAs(signs.narrow(0, 0, 100)).ShouldBeTrue();
    }

    [Fact]
    public void Values_of_a_seed_never_change()
    {
        // SplitMix64 of 0 and 1, from the published algorithm; a run must resume with the draws it began with.
        Counter.Mix(0).ShouldBe(0xE220A8397B1DCDAFUL);
        Counter.Mix(Counter.Step).ShouldBe(0x6E789E6AA1B965F4UL);
    }

    private static double ChiSquare(double[] cells, double expected) => cells.Sum(cell => (cell - expected) * (cell - expected) / expected);
}
