using LeanTune.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Functions;

/// <summary>GELU's three forms and their derivatives as tensor expressions (Hendrycks and Gimpel, arXiv 1606.08415).</summary>
/// <remarks>
/// The tanh form is computed as x · σ(2u) with u = √(2/π) · (x + 0.044715 x³), which it equals, as (1 + tanh u) / 2 = σ(2u): so nothing cancels
/// where x is far below 0. It and the quick form are then x · σ(v) with a v of their own.
/// </remarks>
internal static class GeluFormula
{
    /// <summary>Elements that are widened at a time: near 1 MB, within a core's cache.</summary>
    private const long TileElements = 1 << 18;

    private const double QuickSlope = 1.702, Cubic = 0.044715;
    private static readonly double s_tanhSlope = 2 * Math.Sqrt(2 / Math.PI);

    /// <summary>gelu(x), computed in fp32 or wider and rounded to the type of x once; the caller disposes it.</summary>
    public static Tensor Value(Tensor x, GeluKind kind)
    {
        using DisposeScope scope = NewDisposeScope();
        ScalarType type = RowProducts.ComputeType(x.dtype);
        if (x.dtype == type) return WideValue(x, kind).MoveToOuterDisposeScope();
        Tensor source = x.reshape(-1), value = empty_like(source); // (all)
        foreach (RowTile tile in new RowTile(0, source.shape[0]).Cut(TileElements))
        {
            using DisposeScope inner = NewDisposeScope();
            value.narrow(0, tile.First, tile.Rows).copy_(WideValue(source.narrow(0, tile.First, tile.Rows).to(type), kind));
        }

        return value.view(x.shape).MoveToOuterDisposeScope(); // as x
    }

    /// <summary>d gelu(x) / dx, in the type of x, which must be fp32 or wider; the caller disposes it.</summary>
    public static Tensor Slope(Tensor x, GeluKind kind)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor slope;
        if (kind == GeluKind.Erf) // Φ(x) + x φ(x)
        {
            Tensor density = x.square().mul_(-0.5).exp_().mul_(1 / Math.Sqrt(2 * Math.PI));
            slope = (x * (1 / Math.Sqrt(2))).erf_().add_(1).mul_(0.5).addcmul_(x, density, value: 1);
        }
        else // s + x s (1 − s) v'(x)
        {
            Tensor s = Gate(x, kind);
            Tensor steepness = kind == GeluKind.Quick ? x * QuickSlope : x.square().mul_(3 * Cubic).add_(1).mul_(s_tanhSlope).mul_(x);
            slope = (1 - s).mul_(steepness).add_(1).mul_(s);
        }

        return slope.MoveToOuterDisposeScope();
    }

    private static Tensor WideValue(Tensor x, GeluKind kind) => kind == GeluKind.Erf ? nn.functional.gelu(x) : Gate(x, kind).mul_(x);

    /// <summary>σ(v) of the forms that are x · σ(v).</summary>
    private static Tensor Gate(Tensor x, GeluKind kind) =>
        (kind == GeluKind.Quick ? x * QuickSlope : x.square().mul_(Cubic).add_(1).mul_(x).mul_(s_tanhSlope)).sigmoid_();
}
