using LeanTune.Activations.Codecs.Residual;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs.Residual;

/// <summary>Which directions are kept: those that are there, while they pay.</summary>
public class DirectionFitTests
{
    [Fact]
    public void Finds_the_directions_that_are_there()
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(6);
        Tensor axes = linalg.qr(randn(96, 5, generator: generator)).Q; // (n, 5)
        Tensor strengths = tensor(new float[] { 40, 30, 20, 15, 10 });
        Tensor matrix = (randn(800, 5, generator: generator) * strengths).mm(axes.t()) + (0.5 * randn(800, 96, generator: generator));
        using Directions? found = DirectionFit.Find(matrix.clone(), matrix.square().sum().ToDouble(), 800, 48, new SeededDraws(1));
        found.ShouldNotBeNull().Count.ShouldBe(5);
        Tensor along = found.Decode().mm(axes); // (5, 5): a rotation when the spans are equal
        along.mm(along.t()).diagonal().min().ToDouble().ShouldBeGreaterThan(0.97);
        found.Bytes.ShouldBe(5 * 48);
    }

    [Fact]
    public void Finds_none_in_noise_or_nothing()
    {
        using var scope = NewDisposeScope();
        Tensor noise = randn(500, 96, generator: new Generator(6));
        DirectionFit.Find(noise.clone(), noise.square().sum().ToDouble(), 500, 96, new SeededDraws(1)).ShouldBeNull();
        DirectionFit.Find(zeros(500, 96), 0, 500, 96, new SeededDraws(1)).ShouldBeNull();
    }

    [Theory]
    [InlineData(4096, 2)]
    [InlineData(64, 4)] // where a direction is dear anyway, fine coefficients are the better buy
    public void A_direction_is_worth_its_bits_when_the_remainder_saves_more(long tokens, int bits)
    {
        // By hand, n = 576, of total energy 1: a direction with share s saves 288 · log2(1 / (1 − (1 − D) s)) bits a token.
        double kept = bits == 2 ? 0.873 : 0.981, price = bits + (3.0 * 576 / tokens);
        double worth = (1 - Math.Pow(2, -price / 288)) / kept;
        DirectionFit.WorthTheirBits([worth * 1.01], 1, tokens, 576).ShouldBe([bits]);
        DirectionFit.WorthTheirBits([worth * 0.99], 1, tokens, 576).ShouldBeEmpty();
        DirectionFit.WorthTheirBits([0.5, 0], 1, tokens, 576).ShouldBe([4]);
        // The second is measured against what the first leaves.
        DirectionFit.WorthTheirBits([0.5, 0.6 * worth], 1, tokens, 576).ShouldBe([4, bits]);
    }
}
