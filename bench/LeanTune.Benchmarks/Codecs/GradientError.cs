using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Benchmarks.Codecs;

/// <summary>How far a gradient is from the exact one.</summary>
/// <param name="Cosine">Of the angle between them.</param>
/// <param name="Relative">Length of the difference over the length of the exact one.</param>
internal readonly record struct GradientError(double Cosine, double Relative)
{
    /// <summary>Compares two gradients; sums run in fp64.</summary>
    /// <param name="gradient">(P). Borrowed.</param>
    /// <param name="exact">(P). Borrowed.</param>
    public static GradientError Of(Tensor gradient, Tensor exact)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable quiet = no_grad();
        (Tensor approximate, Tensor reference) = (gradient.to(ScalarType.Float64), exact.to(ScalarType.Float64));
        double dot = approximate.dot(reference).item<double>(), length = approximate.norm().item<double>(), exactLength = reference.norm().item<double>();
        return new GradientError(dot / (length * exactLength), approximate.sub_(reference).norm().item<double>() / exactLength);
    }
}
