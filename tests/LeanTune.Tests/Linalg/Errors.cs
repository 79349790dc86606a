using LeanTune.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Linalg;

/// <summary>Measures of how far tensors lie apart, in float64.</summary>
internal static class Errors
{
    /// <summary>‖actual − expected‖ / ‖expected‖ (Frobenius); 0 when both are zero.</summary>
    public static double Relative(Tensor actual, Tensor expected) => Relative(actual, expected, expected);

    /// <summary>‖actual − expected‖ / ‖scale‖ (Frobenius).</summary>
    public static double Relative(Tensor actual, Tensor expected, Tensor scale)
    {
        using var scope = NewDisposeScope();
        double difference = (actual.to(float64) - expected.to(float64)).norm().ToDouble();
        double size = scale.to(float64).norm().ToDouble();
        return difference == 0 ? 0 : difference / size;
    }

    /// <summary>The product of the factors in float64.</summary>
    public static Tensor Product(LowRankFactors factors) => factors.Left.to(float64).mm(factors.Right.to(float64));

    /// <summary>‖A − A_k‖ / ‖A‖ of the best rank k, from the singular values.</summary>
    public static double Optimal(Tensor matrix, int rank)
    {
        using var scope = NewDisposeScope();
        Tensor values = linalg.svdvals(matrix.to(float64));
        return (values.narrow(0, rank, values.shape[0] - rank).norm() / values.norm()).ToDouble();
    }

    /// <summary>Largest entry of |QᵀQ − I|.</summary>
    public static double Orthonormality(Tensor basis)
    {
        using var scope = NewDisposeScope();
        Tensor wide = basis.to(float64);
        return (wide.t().mm(wide) - eye(basis.shape[1], dtype: float64)).abs().max().ToDouble();
    }

    /// <summary>Whether two tensors have one shape and the same values, bit for bit but for the sign of zero.</summary>
    public static bool IsSameAs(this Tensor actual, Tensor expected)
    {
        using var scope = NewDisposeScope();
        return actual.shape.SequenceEqual(expected.shape) && actual.eq(expected).all().ToBoolean();
    }
}
