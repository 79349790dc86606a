using LeanTune.Activations.Codecs.Residual;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs.Residual;

/// <summary>The rotation: orthogonal for every width, and a mixer.</summary>
public class RotationTests
{
    [Theory]
    [InlineData(576, 1)]
    [InlineData(576, 2)]
    [InlineData(64, 2)]
    [InlineData(100, 1)]
    [InlineData(100, 2)]
    [InlineData(7, 2)]
    [InlineData(1, 1)]
    public void Keeps_lengths_and_turns_back(int features, int rounds)
    {
        using var scope = NewDisposeScope();
        var rotation = Rotation.Of(features, rounds);
        Tensor matrix = rotation.Forward(eye(features));
        Errors.Orthonormality(matrix).ShouldBeLessThan(1e-6);
        Tensor rows = randn(20, features, generator: new Generator(2));
        Errors.Relative(rotation.Inverse(rotation.Forward(rows)), rows).ShouldBeLessThan(1e-6);
        Errors.Relative(rotation.Forward(rows), rows.mm(matrix)).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void One_round_mixes_a_block_and_two_mix_a_row()
    {
        using var scope = NewDisposeScope();
        Tensor lone = zeros(1, 576);
        lone[0, 100] = 1;
        Rotation.Of(576, 1).Forward(lone).ne(0).sum().ToInt32().ShouldBe(64);
        Tensor twice = Rotation.Of(576, 2).Forward(lone);
        twice.ne(0).sum().ToInt32().ShouldBeGreaterThan(500); // a few sums cancel
        twice.abs().max().ToDouble().ShouldBeLessThan(0.2); // of 1/24 on average
    }
}
