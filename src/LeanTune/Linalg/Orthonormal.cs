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
    /// <summary>Largest entry of |QᵀQ − I| that is taken as orthonormal in fp32.</summary>
    public const double Tolerance = 1e-5;

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
        Tensor? basis = Twice(matrix) ?? Twice(Pass(matrix, 4 * matrix.shape[1] * epsilon));
        return basis?.MoveToOuterDisposeScope();
    }

    /// <summary>Largest entry of |QᵀQ − I|.</summary>
    public static double Error(Tensor basis)
    {
        using var scope = NewDisposeScope();
        Tensor gram = basis.t().mm(basis);
        gram.diagonal().sub_(1);
        return gram.abs().max().ToDouble();
    }

    private static Tensor? Twice(Tensor? matrix)
    {
        Tensor? basis = matrix is null ? null : Pass(matrix, 0);
        basis = basis is null ? null : Pass(basis, 0);
        return basis is not null && Error(basis) <= Tolerance ? basis : null; // a NaN fails the comparison
    }

    private static Tensor? Pass(Tensor matrix, double shift)
    {
        Tensor gram = matrix.t().mm(matrix); // (k, k)
        if (shift > 0) gram.diagonal().add_(shift);
        var (lower, info) = linalg.cholesky_ex(gram);
        return info.ToInt32() == 0 ? linalg.solve_triangular(lower, matrix.t(), upper: false).t() : null; // (r, k)
    }

    /// <summary>Scaling columns changes no span, and neither their sizes nor their spread reach the Gram matrix.</summary>
    private static Tensor UnitColumns(Tensor matrix)
    {
        Tensor largest = matrix.abs().amax([0], keepdim: true).clamp_min(Smallest);
        Tensor scaled = matrix / largest;
        return scaled / scaled.square().sum(0, keepdim: true).sqrt_().clamp_min(Smallest);
    }
}
