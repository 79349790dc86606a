using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>What is left of the coded rows after the directions, rotated and quantised.</summary>
/// <remarks>Owns its tensors, which belong to no dispose scope.</remarks>
/// <param name="layout">Levels, and how codes lie in bytes.</param>
/// <param name="codes">(coded rows, bytes) uint8.</param>
/// <param name="scales">(coded rows) bf16: root mean square of each rotated row.</param>
internal sealed class Remainder(CodeLayout layout, Tensor codes, Tensor scales) : IDisposable
{
    /// <summary>Levels, and how codes lie in bytes.</summary>
    public CodeLayout Layout { get; } = layout;

    /// <summary>(coded rows, bytes) uint8.</summary>
    public Tensor Codes { get; } = codes.DetachFromDisposeScope();

    /// <summary>(coded rows) bf16.</summary>
    public Tensor Scales { get; } = scales.DetachFromDisposeScope();

    /// <summary>Bytes of native memory.</summary>
    public long Bytes => Codes.numel() + (2 * Scales.numel());

    /// <summary>Bytes of the remainder of so many rows.</summary>
    public static long BytesOf(long rows, CodeLayout layout) => rows * (layout.RowBytes + 2);

    public void Dispose()
    {
        Codes.Dispose();
        Scales.Dispose();
    }
}
