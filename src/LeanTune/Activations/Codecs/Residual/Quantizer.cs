using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>
/// Codes rows of normal numbers of deviation 1: number by number (<see cref="LloydMax"/>), or a row as a whole (<see cref="Trellis"/>).
/// These are the tensor expressions; <see cref="Kernels.RowQuantizer"/> is the same in fused form.
/// </summary>
/// <param name="levels">Distinct codes.</param>
/// <param name="distortion">Share of a normal number's energy that is lost.</param>
internal abstract class Quantizer(int levels, double distortion)
{
    /// <summary>Distinct codes.</summary>
    public int Levels { get; } = levels;

    /// <summary>Share of a normal number's energy that is lost.</summary>
    public double Distortion { get; } = distortion;

    /// <summary>Codes of numbers of deviation 1: (r, n) fp32 gives (r, n) uint8; the caller disposes it.</summary>
    public abstract Tensor Encode(Tensor numbers);

    /// <summary>What codes stand for: (r, n) uint8 gives (r, n) fp32; the caller disposes it.</summary>
    public abstract Tensor Decode(Tensor codes);
}
