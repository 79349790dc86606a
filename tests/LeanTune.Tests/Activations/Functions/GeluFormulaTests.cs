using LeanTune.Activations.Functions;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Functions;

/// <summary>GELU's values and slopes element by element against float64, where 16 bits and cancellation would hurt.</summary>
public sealed class GeluFormulaTests
{
    public static TheoryData<GeluKind> Kinds => [.. Enum.GetValues<GeluKind>()];

    [Theory, MemberData(nameof(Kinds))]
    public void Values_in_bf16_are_rounded_once(GeluKind kind)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = linspace(-9, 9, 600_000).to(bfloat16); // several tiles
        Tensor expected = Formula(x.to(float64), kind), actual = GeluFormula.Value(x, kind);
        actual.dtype.ShouldBe(ScalarType.BFloat16);
        // Half a unit in the last of 8 bits; libtorch's erf is good to 1e-6.
        Tensor allowed = (expected.abs() * Math.Pow(2, -8)) + 1e-6;
        ((actual.to(float64) - expected).abs() / allowed).max().ToDouble().ShouldBeLessThan(1);
    }

    [Theory]
    [InlineData(GeluKind.Tanh)]
    [InlineData(GeluKind.Quick)]
    public void Nothing_cancels_far_below_zero(GeluKind kind)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = linspace(-6, -1, 1000), expected = Formula(x.to(float64), kind);
        ((GeluFormula.Value(x, kind) - expected).abs() / expected.abs()).max().ToDouble().ShouldBeLessThan(1e-4);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Slopes_equal_finite_differences(GeluKind kind)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = linspace(-9, 9, 1000), wide = x.to(float64);
        Tensor expected = (Formula(wide + 1e-5, kind) - Formula(wide - 1e-5, kind)) / 2e-5;
        (GeluFormula.Slope(x, kind) - expected).abs().max().ToDouble().ShouldBeLessThan(2e-6);
    }

    private static Tensor Formula(Tensor x, GeluKind kind) => kind switch
    {
        GeluKind.Erf => x * 0.5 * (1 + (x / Math.Sqrt(2)).erf()),
        GeluKind.Tanh => 0.5 * x * (1 + (Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x.pow(3)))).tanh()),
        _ => x / (1 + (-1.702 * x).exp()),
    };
}
