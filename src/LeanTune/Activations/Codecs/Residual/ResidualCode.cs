using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>What is kept of one difference: exact rows, directions with coefficients, and the rotated remainder's codes.</summary>
/// <remarks>Owns its tensors, which belong to no dispose scope.</remarks>
internal sealed class ResidualCode : IDisposable
{
    /// <summary>The arithmetic that coded it and must decode it.</summary>
    public required ResidualArithmetic Arithmetic { get; init; }

    /// <summary>The difference itself where codes would not be smaller: (rows that take part, n). The other parts are then absent.</summary>
    public Tensor? Whole { get; init; }

    /// <summary>Rows that are kept exactly: indices in the whole matrix, ascending.</summary>
    public int[] ExactRows { get; init; } = [];

    /// <summary>(exact rows, n) bf16, or null when there are none.</summary>
    public Tensor? ExactValues { get; init; }

    /// <summary>The directions, or null when none pays.</summary>
    public Directions? Directions { get; init; }

    /// <summary>How many directions; null where the difference itself is kept.</summary>
    public int? Rank => Whole is null ? Directions?.Count ?? 0 : null;

    /// <summary>The coded rows' coefficients along the directions.</summary>
    public Coefficients? Coefficients { get; init; }

    /// <summary>The remainder of the coded rows, or null when no row is coded.</summary>
    public Remainder? Remainder { get; init; }

    /// <summary>The device of the tensors.</summary>
    public required Device Device { get; init; }

    /// <summary>Everything counted: codes, coefficients, directions, scales, exact rows and their indices.</summary>
    public long Bytes => SizeOf(Whole) + (sizeof(int) * ExactRows.Length) + SizeOf(ExactValues) + (Directions?.Bytes ?? 0) + (Coefficients?.Bytes ?? 0) + (Remainder?.Bytes ?? 0);

    public void Dispose()
    {
        Whole?.Dispose();
        ExactValues?.Dispose();
        Directions?.Dispose();
        Coefficients?.Dispose();
        Remainder?.Dispose();
    }

    private static long SizeOf(Tensor? tensor) => tensor is null ? 0 : tensor.numel() * tensor.element_size();
}
