using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Functions;

/// <summary>GELU's three forms and their derivatives as tensor expressions (Hendrycks and Gimpel, arXiv 1606.08415).</summary>
internal static class GeluFormula
{
    private const double QuickSlope = 1.702, Cubic = 0.044715;
    private static readonly double s_rootTwoOverPi = Math.Sqrt(2 / Math.PI);

    /// <summary>gelu(x); the caller disposes it.</summary>
    public static Tensor Value(Tensor x, GeluKind kind)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor value = kind switch
        {
            GeluKind.Erf => nn.functional.gelu(x),
            GeluKind.Tanh => (1 + Inner(x).tanh_()).mul_(x).mul_(0.5),
            _ => (QuickSlope * x).sigmoid_().mul_(x),
        };
        return value.MoveToOuterDisposeScope();
    }

    /// <summary>d gelu(x) / dx; the caller disposes it.</summary>
    public static Tensor Slope(Tensor x, GeluKind kind)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor slope;
        switch (kind)
        {
            case GeluKind.Erf: // Φ(x) + x φ(x)
                Tensor density = x.square().mul_(-0.5).exp_().mul_(1 / Math.Sqrt(2 * Math.PI));
                slope = (x * (1 / Math.Sqrt(2))).erf_().add_(1).mul_(0.5).addcmul_(x, density, value: 1);
                break;
            case GeluKind.Tanh: // (1 + t) / 2 + x/2 · (1 − t²) · u'(x)
                Tensor t = Inner(x).tanh_();
                Tensor steepness = x.square().mul_(3 * Cubic * s_rootTwoOverPi).add_(s_rootTwoOverPi);
                slope = (1 - t.square()).mul_(steepness).mul_(x).add_(t).add_(1).mul_(0.5);
                break;
            default: // s + 1.702 x s (1 − s)
                Tensor s = (QuickSlope * x).sigmoid_();
                slope = (1 - s).mul_(x).mul_(QuickSlope).add_(1).mul_(s);
                break;
        }

        return slope.MoveToOuterDisposeScope();
    }

    private static Tensor Inner(Tensor x) => x.square().mul_(Cubic).add_(1).mul_(x).mul_(s_rootTwoOverPi);
}
