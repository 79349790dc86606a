using static TorchSharp.torch;

namespace LeanTune.Linalg;

/// <summary>A matrix kept as the product of two thin factors: what a decomposition hands to the codecs.</summary>
/// <remarks>Owns both tensors: disposing it frees them. They belong to no dispose scope.</remarks>
public sealed class LowRankFactors : IDisposable
{
    internal LowRankFactors(Tensor left, Tensor right)
    {
        Left = left.DetachFromDisposeScope();
        Right = right.DetachFromDisposeScope();
    }

    /// <summary>(m, k): one row per row that was decomposed.</summary>
    public Tensor Left { get; }

    /// <summary>(k, n).</summary>
    public Tensor Right { get; }

    /// <summary>k, the number of directions kept.</summary>
    public int Rank => (int)Right.shape[0];

    /// <summary>Bytes of native memory that the two factors hold.</summary>
    public long Bytes => (Left.numel() * Left.element_size()) + (Right.numel() * Right.element_size());

    /// <summary>The product of the factors, (m, n), in their data type; the caller disposes it.</summary>
    public Tensor Reconstruct() => Left.mm(Right);

    /// <inheritdoc/>
    public void Dispose()
    {
        Left.Dispose();
        Right.Dispose();
    }
}
