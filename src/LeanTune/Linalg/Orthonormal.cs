using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Linalg;

/// <summary>
/// Orthonormal bases of tall thin matrices: CholeskyQR2, which is all matrix products, and Householder QR where the
/// columns are (numerically) dependent.
/// </summary>
/// <remarks>
/// CholeskyQR2: Yamamoto, Nakatsukasa, Yanagisawa, Fukaya 2015; shifted: Fukaya et al. 2020. One pass computes
/// Q = Y·R⁻¹ with RᵀR = YᵀY and loses cond(Y)² · ε of orthonormality; the second pass takes that away.
/// </remarks>
internal static class Orthonormal
{
    /// <summary>
    /// How far (Frobenius) the first pass may leave QᵀQ from I: cond(Q)² is then at most 3, and the second pass ends within
    /// a few ε of orthonormal. The second pass needs this Gram matrix anyway, so the check is free.
    /// </summary>
    private const double FirstPassLimit = 0.5;

    /// <summary>Divides a zero column without a NaN.</summary>
    private const double Smallest = 1e-37;

    /// <summary>An orthonormal basis whose span holds the columns of <paramref name="matrix"/>.</summary>
    /// <param name="matrix">(r, k), r ≥ k, finite, fp32 or fp64. Dependent columns are replaced by directions of the QR's choice.</param>
    /// <returns>(r, k); the caller disposes it.</returns>
    public static Tensor Basis(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        Tensor unit = UnitColumns(matrix);
        return (CholeskyQr2(unit) ?? linalg.qr(unit).Q).MoveToOuterDisposeScope();
    }

    /// <summary>CholeskyQR2, with a shift when the plain one breaks down; null when the result is not orthonormal.</summary>
    public static Tensor? CholeskyQr2(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        double epsilon = matrix.dtype == ScalarType.Float64 ? Math.Pow(2, -53) : Math.Pow(2, -24);
        Tensor? basis = Twice(matrix) ?? Twice(Shifted(matrix, 4 * matrix.shape[1] * epsilon));
        return basis?.MoveToOuterDisposeScope();
    }

    private static Tensor? Twice(Tensor? matrix)
    {
        Tensor? first = matrix is null ? null : Pass(matrix, matrix.t().mm(matrix));
        if (first is null) return null;
        Tensor gram = first.t().mm(first); // (k, k)
        bool close = Deviation(gram) <= FirstPassLimit; // false for NaN
        return close ? Pass(first, gram) : null;
    }

    private static Tensor? Shifted(Tensor matrix, double shift)
    {
        Tensor gram = matrix.t().mm(matrix); // (k, k)
        gram.diagonal().add_(shift);
        return Pass(matrix, gram);
    }

    /// <summary>Y·R⁻¹ with RᵀR the given Gram matrix; null when that is not positive definite.</summary>
    private static Tensor? Pass(Tensor matrix, Tensor gram)
    {
        var (lower, info) = linalg.cholesky_ex(gram);
        return info.ToInt32() == 0 ? linalg.solve_triangular(lower, matrix.t(), upper: false).t() : null; // (r, k)
    }

    private static double Deviation(Tensor gram) => (gram - eye(gram.shape[0], dtype: gram.dtype, device: gram.device)).norm().ToDouble();

    /// <summary>Scaling columns changes no span, and neither their sizes nor their spread reach the Gram matrix.</summary>
    private static Tensor UnitColumns(Tensor matrix)
    {
        Tensor largest = matrix.abs().amax([0], keepdim: true).clamp_min(Smallest);
        Tensor scaled = matrix / largest;
        return scaled / scaled.square().sum(0, keepdim: true).sqrt_().clamp_min(Smallest);
    }
}
