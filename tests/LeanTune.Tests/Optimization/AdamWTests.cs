using LeanTune.Native;
using LeanTune.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Optimization;

/// <summary>One flat buffer of parameters and its optimizer against torch's AdamW over separate tensors.</summary>
public class AdamWTests
{
    private const double Beta1 = 0.9, Beta2 = 0.98, Epsilon = 1e-6, Decay = 0.1;

    [Theory]
    [InlineData(0)]
    [InlineData(Decay)]
    public void Twenty_steps_equal_torchs(double decay)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator draws = new Generator(seed: 2, CPU);
        Tensor matrix = randn([3, 5], ScalarType.Float32, generator: draws), norm = randn([5], ScalarType.Float32, generator: draws), other = randn([4, 3], ScalarType.Float32, generator: draws);
        using var theirMatrix = new TorchSharp.Modules.Parameter(matrix.clone());
        using var theirNorm = new TorchSharp.Modules.Parameter(norm.clone());
        using var theirOther = new TorchSharp.Modules.Parameter(other.clone());
        using var reference = new TorchSharp.Modules.AdamW(
            new TorchSharp.Modules.AdamW.ParamGroup[] { Group([theirMatrix, theirOther], decay), Group([theirNorm], 0) }, 0.01, Beta1, Beta2, Epsilon);
        using FlatParameters flat = new([("matrix", matrix.clone(), true), ("norm", norm.clone(), false), ("other", other.clone(), true)], CPU);
        using AdamW optimizer = new(flat, Beta1, Beta2, Epsilon, decay);

        for (int step = 1; step <= 20; step++)
        {
            Tensor input = randn([2, 3], ScalarType.Float32, generator: draws);
            reference.zero_grad();
            Loss(input, theirMatrix, theirNorm, theirOther).backward();
            reference.step();
            flat.ZeroGradients();
            Autograd.Backward(Loss(input, flat.ByName["matrix"], flat.ByName["norm"], flat.ByName["other"]));
            optimizer.Step(0.01);
            Difference(flat.ByName["matrix"], theirMatrix).ShouldBeLessThan(1e-6, $"step {step}");
            Difference(flat.ByName["norm"], theirNorm).ShouldBeLessThan(1e-6, $"step {step}");
            Difference(flat.ByName["other"], theirOther).ShouldBeLessThan(1e-6, $"step {step}");
        }

        optimizer.Steps.ShouldBe(20);
        Difference(flat.ByName["matrix"], matrix).ShouldBeGreaterThan(0.05); // the steps did move something
    }

    [Fact]
    public void Decayed_parameters_come_first_and_every_leaf_views_the_buffer()
    {
        using FlatParameters flat = new([("norm", full(2, 7f), false), ("matrix", ones(2, 3), true)], CPU);
        (flat.Length, flat.DecayedLength).ShouldBe((8L, 6L));
        flat.Values.data<float>().ToArray().ShouldBe([1, 1, 1, 1, 1, 1, 7, 7]);
        using (no_grad()) flat.Values.mul_(2);
        flat.ByName["norm"].data<float>().ToArray().ShouldBe([14, 14]);
        flat.ByName["matrix"].shape.ShouldBe([2, 3]);
        flat.ByName["matrix"].sum().item<float>().ShouldBe(12);
    }

    [Fact]
    public void Backward_passes_add_into_the_flat_gradients()
    {
        using DisposeScope scope = NewDisposeScope();
        using FlatParameters flat = new([("a", ones(2, 3), true), ("b", ones(3), true)], CPU);
        (Tensor a, Tensor b) = (flat.ByName["a"], flat.ByName["b"]);
        for (int pass = 1; pass <= 3; pass++)
        {
            Autograd.Backward((a * b).sum());
            flat.Gradients.data<float>().ToArray().ShouldBe([.. Enumerable.Repeat((float)pass, 6), .. Enumerable.Repeat(2f * pass, 3)]);
        }

        // Still the same memory, both ways.
        flat.ZeroGradients();
        a.grad!.count_nonzero().item<long>().ShouldBe(0);
        using (no_grad()) b.grad!.fill_(5);
        flat.Gradients.data<float>().ToArray().ShouldBe([0, 0, 0, 0, 0, 0, 5, 5, 5]);
    }

    [Theory]
    [InlineData(10, 5.0)]
    [InlineData(1, 1.0)]
    public void Clipping_scales_to_the_limit_and_leaves_what_is_below(double limit, double expectedNorm)
    {
        using DisposeScope scope = NewDisposeScope();
        using FlatParameters flat = new([("a", zeros(1), true), ("b", zeros(1, 1), true)], CPU);
        Autograd.Backward((flat.ByName["a"] * 3).sum() - (flat.ByName["b"] * 4).sum());
        double norm = flat.GradientNorm();
        norm.ShouldBe(5, 1e-6);
        flat.ClipGradients(norm, limit);
        flat.GradientNorm().ShouldBe(expectedNorm, 1e-6);
        float[] clipped = flat.Gradients.data<float>().ToArray();
        ((double)clipped[0] / clipped[1]).ShouldBe(-0.75, 1e-6); // the direction stays
    }

    [Fact]
    public void Nothing_to_train_is_an_error() =>
        Should.Throw<ArgumentException>(() => new FlatParameters([], CPU)).Message.ShouldStartWith("There is nothing to train.");

    private static TorchSharp.Modules.AdamW.ParamGroup Group(TorchSharp.Modules.Parameter[] parameters, double decay) =>
        new(parameters, 0.01, Beta1, Beta2, Epsilon, decay);

    private static Tensor Loss(Tensor input, Tensor matrix, Tensor norm, Tensor other) =>
        (input.matmul(matrix).mul(norm).tanh().sum() + other.pow(2).sum().mul(0.3)).pow(2);

    private static double Difference(Tensor left, Tensor right)
    {
        using IDisposable quiet = no_grad();
        return (left - right).abs().max().item<float>();
    }
}
