using LeanTune.Linalg;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs;

/// <summary>
/// Keeps two thin factors found in the forward pass (LoRAct, arXiv 2509.23472): k(m + n) numbers instead of m·n.
/// </summary>
/// <remarks>
/// Padding rows take no part and come back as zeros. Rows with a NaN or an infinity come back non-finite and harm no other.
/// Where factors would not be smaller than the activation (or, with a rank by energy, would not hold the share asked for), the activation itself is kept.
/// </remarks>
/// <param name="rank">How many directions.</param>
/// <param name="powerIterations">Extra passes that tighten the fit.</param>
/// <param name="factorType">Type of the factors; null for the activation's own (bf16 for fp16).</param>
public sealed class LowRank(RankRule rank, int powerIterations = 0, ScalarType? factorType = null) : IActivationCodec
{
    /// <summary>Keeps factors even where they are larger: the goldens decompose small matrices at every rank.</summary>
    internal bool EvenIfLarger { get; init; }

    /// <inheritdoc/>
    public bool Serves(ActivationRole role) => true;

    /// <inheritdoc/>
    public SavedActivation Save(Tensor activation, in SaveContext context)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long features = activation.shape[^1];
        Tensor matrix = activation.detach().reshape(-1, features); // (m, n)
        RowRuns rows = RowRuns.For(matrix.shape[0], context.RowMask);
        ScalarType keptType = factorType ?? SampledQb.DefaultFactorType(activation.dtype);
        // The last rank at which factors are smaller than the activation.
        long most = EvenIfLarger
            ? long.MaxValue
            : ((matrix.numel() * activation.element_size()) - rows.Bytes - 1) / ((rows.Count + features) * keptType.ElementSize());
        LowRankFactors? factors = Factors(matrix, rows, most, keptType, context.Draws);
        return factors is null ? new ExactActivation(activation) : new LowRankActivation(factors, rows, activation);
    }

    private LowRankFactors? Factors(Tensor matrix, RowRuns rows, long most, ScalarType keptType, IDraws draws)
    {
        if (most < 1) return null;
        if (rank.EnergyShare is { } share) return SampledQb.DecomposeByEnergy(matrix, rows, share, most, draws, powerIterations, keptType);
        int wanted = rank.For(rows.Count, matrix.shape[1]);
        return wanted > most ? null : SampledQb.Decompose(matrix, rows, wanted, draws, powerIterations, keptType);
    }

    /// <inheritdoc/>
    /// <remarks>With a rank by energy the most that it can be: the rank is known with the values only.</remarks>
    public CodecBytes Expect(long rows, long features, ScalarType type)
    {
        int wanted = rank.For(rows, features);
        ScalarType keptType = factorType ?? SampledQb.DefaultFactorType(type);
        CodecBytes whole = CodecBytes.Whole(rows, features, type);
        long factors = wanted * (rows + features) * keptType.ElementSize();
        // Beside the factors: the sampled columns and the range of the matrix, in fp32.
        return factors >= whole.Kept ? whole : new CodecBytes(factors, sizeof(float) * wanted * (rows + (4 * features)));
    }

    /// <inheritdoc/>
    public override string ToString() => $"low_rank {rank}";
}
