using CsCheck;
using LeanTune.Activations.Codecs.Residual;
using LeanTune.Activations.Codecs.Residual.Kernels;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs.Residual;

/// <summary>Trellis-coded quantisation: what it loses, that no row of codes loses less, and that kernel and tensor expressions agree.</summary>
public class TrellisTests
{
    private static readonly Gen<int> s_levels = Gen.OneOf(Gen.Const(2), Gen.Const(4), Gen.Const(8), Gen.Const(16));

    [Theory]
    [InlineData(2, 0.3634, 0.78)]
    [InlineData(4, 0.1175, 1.38)]
    [InlineData(8, 0.03454, 1.7)]
    [InlineData(16, 0.009497, 1.91)]
    public void Loses_decibels_less_than_the_best_single_levels(int levels, double published, double gain)
    {
        using var scope = NewDisposeScope();
        var trellis = Trellis.Of(levels);
        Tensor numbers = randn(400, 576, generator: new Generator(17));
        double lost = (Kernel(trellis, numbers).Decoded - numbers).square().mean().ToDouble();
        trellis.Distortion.ShouldBe(lost, 0.01 * lost);
        (10 * Math.Log10(published / lost)).ShouldBe(gain, 0.05); // what Max (1960) found for single levels
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    public void Each_level_is_the_mean_of_the_numbers_that_it_stands_for(int levels)
    {
        using var scope = NewDisposeScope();
        var trellis = Trellis.Of(levels);
        Tensor numbers = randn(600, 576, generator: new Generator(18));
        Tensor decoded = Kernel(trellis, numbers).Decoded;
        foreach (float value in trellis.Values)
        {
            Tensor of = numbers.masked_select(decoded.eq(value));
            of.numel().ShouldBeGreaterThan(500);
            double sampling = of.std().ToDouble() / Math.Sqrt(of.numel());
            of.mean().ToDouble().ShouldBe(value, (5 * sampling) + 2e-3);
        }
        trellis.Values.ShouldBe(trellis.Values.Order());
    }

    [Fact]
    public void No_other_codes_lose_less() =>
        Gen.Select(s_levels, Gen.Int[1, 5], Gen.Int[0, int.MaxValue]).Sample((levels, features, seed) =>
        {
            using var scope = NewDisposeScope();
            features = levels == 16 ? Math.Min(features, 4) : features;
            var trellis = Trellis.Of(levels);
            Tensor numbers = randn(1, features, generator: new Generator((ulong)seed));
            double least = (trellis.Decode(trellis.Encode(numbers)) - numbers).square().sum().ToDouble();
            // All rows of codes there are, decoded one by one.
            double[] row = [.. numbers.data<float>().ToArray().Select(number => (double)number)];
            int all = (int)Math.Pow(levels, features);
            double best = double.PositiveInfinity;
            for (int which = 0; which < all; which++)
            {
                int[] codes = new int[features];
                for (int at = 0, digits = which; at < features; at++, digits /= levels) codes[at] = digits % levels;
                double[] values = PlainDecoder.Walk(levels, codes);
                best = Math.Min(best, values.Select((value, at) => (value - row[at]) * (value - row[at])).Sum());
            }
            least.ShouldBe(best, 1e-5);
        }, iter: 60);

    [Fact]
    public void Kernel_and_tensor_expressions_choose_the_same_codes_and_values() =>
        Gen.Select(s_levels, Gen.Int[1, 30], Gen.OneOf(Gen.Int[1, 130], Gen.Const(1), Gen.Const(192)), Gen.Int[0, int.MaxValue]).Sample((levels, rows, features, seed) =>
        {
            using var scope = NewDisposeScope();
            var trellis = Trellis.Of(levels);
            Tensor numbers = randn(rows, features, generator: new Generator((ulong)seed));
            if (seed % 4 == 0) numbers.mul_(3);
            (Tensor codes, Tensor decoded) = Kernel(trellis, numbers);
            Tensor expected = trellis.Encode(numbers);
            codes.IsSameAs(expected).ShouldBeTrue();
            decoded.IsSameAs(trellis.Decode(expected)).ShouldBeTrue();
        }, iter: 150);

    [Fact]
    public void A_row_is_coded_alike_in_any_company()
    {
        using var scope = NewDisposeScope();
        var trellis = Trellis.Of(4);
        Tensor numbers = randn(9, 101, generator: new Generator(4));
        Tensor together = Kernel(trellis, numbers).Codes;
        for (int row = 0; row < 9; row++) Kernel(trellis, numbers.narrow(0, row, 1)).Codes.IsSameAs(together.narrow(0, row, 1)).ShouldBeTrue();
    }

    [Fact]
    public void Ties_go_to_the_first()
    {
        using var scope = NewDisposeScope();
        // Between two levels alike, also at the row's end: zeros are as far from a level as from its negative.
        foreach (int levels in new[] { 2, 4, 8, 16 })
        {
            var trellis = Trellis.Of(levels);
            Kernel(trellis, zeros(3, 40)).Codes.IsSameAs(trellis.Encode(zeros(3, 40))).ShouldBeTrue();
        }
    }

    [Fact]
    public void Other_numbers_of_codes_are_refused() => Should.Throw<ArgumentOutOfRangeException>(() => Trellis.Of(3));

    /// <summary>Codes (r, n) uint8 and values (r, n) fp32 by the fused kernel.</summary>
    private static unsafe (Tensor Codes, Tensor Decoded) Kernel(Trellis trellis, Tensor numbers)
    {
        (int rows, int features) = ((int)numbers.shape[0], (int)numbers.shape[1]);
        float[] data = numbers.contiguous().data<float>().ToArray();
        var codes = new byte[data.Length];
        using RowQuantizer kernel = RowQuantizer.For(trellis, features);
        fixed (float* all = data)
        {
            for (int row = 0; row < rows; row += RowQuantizer.GroupRows)
                kernel.Encode(all + (row * features), features, Math.Min(RowQuantizer.GroupRows, rows - row));
            for (int at = 0; at < data.Length; at++) codes[at] = (byte)((int*)all)[at];
            for (int row = 0; row < rows; row++) kernel.Decode(all + (row * features), 1);
        }
        return (tensor(codes, [rows, features]), tensor(data, [rows, features]));
    }
}
