using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>The rows' coefficients along the directions, coded: one scale a direction, codes packed by row.</summary>
/// <remarks>Owns its tensors, which belong to no dispose scope.</remarks>
/// <param name="scales">(k) bf16.</param>
/// <param name="fine">(coded rows, bytes) uint8.</param>
/// <param name="coarse">(coded rows, bytes) uint8.</param>
internal sealed class Coefficients(Tensor scales, Tensor fine, Tensor coarse) : IDisposable
{
    /// <summary>(k) bf16.</summary>
    public Tensor Scales { get; } = scales.DetachFromDisposeScope();

    /// <summary>(coded rows, bytes) uint8: codes of 16 levels.</summary>
    public Tensor Fine { get; } = fine.DetachFromDisposeScope();

    /// <summary>(coded rows, bytes) uint8: codes of 4 levels.</summary>
    public Tensor Coarse { get; } = coarse.DetachFromDisposeScope();

    /// <summary>Bytes of native memory.</summary>
    public long Bytes => (2 * Scales.numel()) + Fine.numel() + Coarse.numel();

    public void Dispose()
    {
        Scales.Dispose();
        Fine.Dispose();
        Coarse.Dispose();
    }
}
