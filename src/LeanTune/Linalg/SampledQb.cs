using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Linalg;

/// <summary>
/// Low-rank decomposition in one look at the matrix: an orthonormal basis of A's range, seen through a sample of A's own
/// lines, and A projected on it. The heart of the <c>LowRank</c> codec.
/// </summary>
/// <remarks>
/// LoRAct, arXiv 2509.23472. With m rows (tokens) and n columns (features), on the short side:
/// m &gt; n: Y = Aᵀ·A[:, idx] with k columns drawn, Q = orth(Y) (n, k), factors A·Q and Qᵀ;
/// m ≤ n: Y = A·A[idx, :]ᵀ with k rows drawn, Q = orth(Y) (m, k), factors Q and QᵀA.
/// As the sample comes from A itself, the product is a power step for free. The product of the factors is the projection of A
/// on the range of Y, so it does not depend on signs or order within Q.
/// <para>Rows that hold a NaN or an infinity are left out of the fit and come back non-finite; every other row is unharmed.</para>
/// </remarks>
public static class SampledQb
{
    /// <summary>Directions looked at first where the rank follows from the energy; doubled until they hold it.</summary>
    private const int FirstTried = 32;

    /// <summary>A whole range holds all energy but for rounding.</summary>
    private const double Rounding = 1e-5;

    /// <summary>Decomposes a matrix.</summary>
    /// <param name="matrix">(m, n) fp32, bf16, fp16 or fp64. Products sum in fp32 (fp64 for fp64); 16-bit input is widened slice by slice.</param>
    /// <param name="rank">k, at least 1; cut to the smaller side. Fewer come back when rows are sampled and fewer distinct ones exist.</param>
    /// <param name="draws">Chooses the sampled lines.</param>
    /// <param name="powerIterations">q: each repeats the product (two more passes over A) and tightens the fit.</param>
    /// <param name="rowMask">(m) bool, false for rows to leave out (padding), or null.</param>
    /// <param name="factorType">Type of the factors; by default the matrix's own (bf16 for fp16, whose range a row's length can pass).</param>
    /// <returns>Left (rows where the mask is true, k) and right (k, n), on the matrix's device, without graph; the caller disposes them.</returns>
    /// <exception cref="ArgumentException">The matrix is not two-dimensional or the mask is not (m) bool.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Rank below 1 or power iterations below 0.</exception>
    public static LowRankFactors Decompose(
        Tensor matrix, int rank, IDraws draws, int powerIterations = 0, Tensor? rowMask = null, ScalarType? factorType = null)
    {
        if (matrix.dim() != 2) throw new ArgumentException($"A matrix is expected, the tensor has shape ({string.Join(", ", matrix.shape)}).", nameof(matrix));
        return Decompose(matrix, RowRuns.For(matrix.shape[0], rowMask), rank, draws, powerIterations, factorType);
    }

    /// <summary>As the public overload, with the rows already known.</summary>
    internal static LowRankFactors Decompose(
        Tensor matrix, RowRuns rows, int rank, IDraws draws, int powerIterations = 0, ScalarType? factorType = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(powerIterations);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        ScalarType keptType = factorType ?? DefaultFactorType(matrix.dtype);
        long features = matrix.shape[1];
        if (rows.Count == 0)
            return new(empty(0, 1, keptType, matrix.device), zeros(1, features, keptType, matrix.device));

        return Project(matrix, rows, rank, draws, powerIterations) is var (left, right, _)
            ? new(left.to(keptType).contiguous(), right.to(keptType).contiguous())
            : new(full(rows.Count, 1, double.NaN, keptType, matrix.device), zeros(1, features, keptType, matrix.device));
    }

    /// <summary>Decomposes a matrix to as few directions as hold a share of its energy, among those that a sample of its lines sees.</summary>
    /// <remarks>
    /// The sample grows until the projection on its range holds the share; of that range the strongest principal axes are taken, one by one,
    /// as long as they are needed. What is held is measured, not estimated: ‖L·R‖² ≥ share · ‖A‖² (before factors are rounded to their type).
    /// </remarks>
    /// <param name="matrix">(m, n), as in <see cref="Decompose(Tensor, int, IDraws, int, Tensor?, ScalarType?)"/>.</param>
    /// <param name="rows">Rows that take part.</param>
    /// <param name="share">Of the sum of squares of the finite rows that take part; above 0 and below 1.</param>
    /// <param name="mostRank">The highest rank that is of use; at least 1.</param>
    /// <param name="draws">Chooses the sampled lines.</param>
    /// <param name="powerIterations">As in <see cref="Decompose(Tensor, int, IDraws, int, Tensor?, ScalarType?)"/>.</param>
    /// <param name="factorType">Type of the factors; null for the default.</param>
    /// <returns>The factors, for the caller to dispose; null when no rank up to <paramref name="mostRank"/> holds the share.</returns>
    internal static LowRankFactors? DecomposeByEnergy(
        Tensor matrix, RowRuns rows, double share, long mostRank, IDraws draws, int powerIterations = 0, ScalarType? factorType = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mostRank, 1);
        if (rows.Count == 0) return Decompose(matrix, rows, 1, draws, powerIterations, factorType);
        using var noGrad = no_grad();
        ScalarType keptType = factorType ?? DefaultFactorType(matrix.dtype);
        int most = (int)Math.Min(mostRank, Math.Min(rows.Count, matrix.shape[1]));
        (double Largest, double Energy)? total = null;
        for (int rank = Math.Min(most, FirstTried); ; rank = (int)Math.Min(most, 2L * rank))
        {
            using var scope = NewDisposeScope();
            if (Project(matrix, rows, rank, draws, powerIterations) is not var (left, right, fitted))
                return Decompose(matrix, rows, 1, draws, powerIterations, keptType);
            (double largest, double energy) = total ??= RowProducts.Energy(matrix, fitted);
            if (!(energy > 0)) return Decompose(matrix, rows, 1, draws, powerIterations, keptType);
            // The basis is orthonormal, so the other factor holds the energy. Rows that are not finite take no part.
            Tensor holding = ((rows.Count > matrix.shape[1] ? left.nan_to_num(0, 0, 0) : right.t()) / largest).to(ScalarType.Float64);
            (Tensor values, Tensor axes) = linalg.eigh(holding.t().mm(holding)); // rising
            double[] energies = values.to(CPU).data<double>().ToArray();
            int needed = 0;
            for (double held = 0; needed < energies.Length && held < share * energy; needed++) held += Math.Max(0, energies[^(needed + 1)]);
            bool holds = needed < energies.Length || energies.Sum() >= share * energy * (1 - Rounding);
            if (holds)
            {
                Tensor turn = axes.narrow(1, energies.Length - needed, needed).to(left.dtype); // (rank, needed)
                return new(left.mm(turn).to(keptType).contiguous(), turn.t().mm(right).to(keptType).contiguous());
            }
            if (rank == most) return null;
        }
    }

    /// <summary>The type of the factors of a matrix of this type unless another is asked for.</summary>
    internal static ScalarType DefaultFactorType(ScalarType type) => type == ScalarType.Float16 ? ScalarType.BFloat16 : type;

    /// <summary>The matrix on the range that a sample of its lines sees: both factors in the compute type, and the rows that were fitted.</summary>
    /// <returns>Null when no row is finite.</returns>
    private static (Tensor Left, Tensor Right, RowRuns Fitted)? Project(Tensor matrix, RowRuns rows, int rank, IDraws draws, int powerIterations)
    {
        bool byColumns = rows.Count > matrix.shape[1];
        RowRuns fitted = rows;
        Tensor range = Range(matrix, fitted, byColumns, rank, draws, powerIterations);
        if (!range.isfinite().all().ToBoolean())
        {
            // Every non-finite entry reaches Y, so this check is all that a healthy matrix pays.
            fitted = rows.Where(RowProducts.FiniteRows(matrix, rows));
            if (fitted.Count == 0) return null;
            range = Range(matrix, fitted, byColumns, rank, draws, powerIterations).nan_to_num();
        }

        Tensor basis = Orthonormal.Basis(range); // (n, k) or (fitted rows, k)
        Tensor left = byColumns ? RowProducts.Times(matrix, rows, basis) : Spread(basis, fitted, rows);
        Tensor right = (byColumns ? basis : RowProducts.TransposeTimes(matrix, fitted, basis)).t();
        return (left, right, fitted);
    }

    private static Tensor Range(Tensor matrix, RowRuns rows, bool byColumns, int rank, IDraws draws, int powerIterations)
    {
        rank = (int)Math.Min(rank, Math.Min(rows.Count, matrix.shape[1]));
        Tensor sample = SampledLines.Draw(matrix, rows, byColumns, rank, draws);
        Tensor range = byColumns ? RowProducts.TransposeTimes(matrix, rows, sample) : RowProducts.Times(matrix, rows, sample);
        for (int i = 0; i < powerIterations; i++)
        {
            Tensor basis = Orthonormal.Basis(range);
            range = byColumns
                ? RowProducts.TransposeTimes(matrix, rows, RowProducts.Times(matrix, rows, basis))
                : RowProducts.Times(matrix, rows, RowProducts.TransposeTimes(matrix, rows, basis));
        }
        return range;
    }

    /// <summary>The basis over the fitted rows as a left factor over all rows, NaN where a row was not fitted.</summary>
    private static Tensor Spread(Tensor basis, RowRuns fitted, RowRuns rows)
    {
        if (fitted.Count == rows.Count) return basis;
        Tensor left = full(rows.Count, basis.shape[1], double.NaN, basis.dtype, basis.device);
        foreach (RowRuns.Run target in rows.Runs)
            foreach (RowRuns.Run source in fitted.Within(target.Start, target.Length))
                left.narrow(0, target.Offset + (source.Start - target.Start), source.Length).copy_(basis.narrow(0, source.Offset, source.Length));
        return left;
    }
}
