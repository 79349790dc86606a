using LeanTune.Activations.Codecs.Residual;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs.Residual;

/// <summary>The quantiser against the published optimum for normal numbers.</summary>
public class LloydMaxTests
{
    [Theory]
    [InlineData(4, 0.1175)]
    [InlineData(16, 0.009497)]
    public void Loses_the_published_share_of_a_normal_number(int levels, double share)
    {
        using var scope = NewDisposeScope();
        var quantizer = LloydMax.Of(levels);
        // The distortion by numerical integration over a fine grid, with the normal density.
        Tensor at = linspace(-8, 8, 1_600_001, ScalarType.Float64);
        Tensor density = at.square().mul_(-0.5).exp_();
        Tensor decoded = quantizer.Decode(quantizer.Encode(at.to(float32))).to(float64);
        double lost = ((at - decoded).square() * density).sum().ToDouble() / density.sum().ToDouble();
        lost.ShouldBe(share, 1e-4);
        quantizer.Distortion.ShouldBe(share, 1e-4);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    public void Every_code_means_its_value_and_the_nearest_value_is_chosen(int levels)
    {
        using var scope = NewDisposeScope();
        var quantizer = LloydMax.Of(levels);
        float[] values = quantizer.Values();
        values.Length.ShouldBe(levels);
        Tensor codes = quantizer.Encode(tensor(values));
        codes.data<byte>().ToArray().Select(code => (int)code).ShouldBe(Enumerable.Range(0, levels));
        Tensor numbers = randn(5000, generator: new Generator(4)) * 2;
        Tensor distances = (numbers.unsqueeze(1) - tensor(values)).abs(); // (5000, levels)
        Tensor chosen = distances.gather(1, quantizer.Encode(numbers).to(int64).unsqueeze(1)).squeeze(1);
        (chosen - distances.amin([1])).max().ToDouble().ShouldBeLessThan(3e-4); // tables have four digits
    }
}
