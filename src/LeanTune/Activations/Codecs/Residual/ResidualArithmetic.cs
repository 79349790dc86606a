using LeanTune.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>The element-wise work of the residual codec, in one of two forms: tensor expressions on any device, or fused kernels.</summary>
internal abstract class ResidualArithmetic
{
    /// <summary>The least scale that is divided by: a row of zeros stays one.</summary>
    protected const float Smallest = 1e-30f;

    /// <summary>The form for tensors of a device.</summary>
    public static ResidualArithmetic For(Device device, bool fused) =>
        fused && device.type == DeviceType.CPU ? FusedArithmetic.Instance : TensorArithmetic.Instance;

    /// <summary>The difference of a matrix to the decoded one before, and each row's energy.</summary>
    /// <param name="matrix">(N, n) of any floating type. Borrowed.</param>
    /// <param name="origin">(N, n) fp32, or null for zeros. Borrowed.</param>
    /// <param name="rows">The rows that take part; others become zero.</param>
    /// <param name="energies">(N) receives the sum of squares of each row that takes part; not finite where the row is not.</param>
    /// <returns>(N, n) fp32, contiguous; the caller disposes it.</returns>
    public abstract Tensor Difference(Tensor matrix, Tensor? origin, RowRuns rows, Span<float> energies);

    /// <summary>Codes coefficients and leaves in their place what the decoder will see.</summary>
    /// <param name="values">(N, k) fp32, contiguous; those of coded rows are replaced.</param>
    /// <param name="directions">Say how many coefficients are fine.</param>
    /// <param name="scales">(k) bf16.</param>
    /// <param name="coded">The rows that are coded.</param>
    public abstract Coefficients Quantize(Tensor values, Directions directions, Tensor scales, RowRuns coded);

    /// <summary>Codes what the directions leave of a difference.</summary>
    /// <param name="difference">(N, n) fp32, contiguous. Borrowed.</param>
    /// <param name="coefficients">(N, k) fp32 as the decoder sees them, or null without directions.</param>
    /// <param name="basis">(k, n) fp32 as the decoder sees it, or null without directions.</param>
    /// <param name="rotation">Mixes features.</param>
    /// <param name="layout">Levels, and how codes lie in bytes.</param>
    /// <param name="coded">The rows that are coded.</param>
    /// <param name="buffer">(N, n) fp32, contiguous: what the decoder will decode is added to it. Or null.</param>
    public abstract Remainder Encode(
        Tensor difference, Tensor? coefficients, Tensor? basis, Rotation rotation, CodeLayout layout, RowRuns coded, Tensor? buffer);

    /// <summary>Adds the decoded rows, or takes them away.</summary>
    /// <param name="target">(rows, n) fp32, contiguous.</param>
    /// <param name="code">With a remainder.</param>
    /// <param name="rotation">The one it was coded with.</param>
    /// <param name="coded">The rows that are coded.</param>
    /// <param name="sign">1 or −1.</param>
    /// <param name="firstRow">Index in the whole matrix of the target's first row.</param>
    public abstract void Add(Tensor target, ResidualCode code, Rotation rotation, RowRuns coded, int sign, long firstRow);
}
