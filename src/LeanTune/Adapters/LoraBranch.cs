using static TorchSharp.torch;

namespace LeanTune.Adapters;

/// <summary>The trained side of a LoRA linear: y += scale · B(A(x)).</summary>
/// <param name="down">A, (R, in), fp32 leaf. Borrowed: its memory is the flat parameter buffer's.</param>
/// <param name="up">B, (out, R), fp32 leaf. Borrowed.</param>
/// <param name="scale">alpha / R, or alpha / √R.</param>
/// <param name="dropout">Share of the branch's input that is dropped in training.</param>
public sealed class LoraBranch(Tensor down, Tensor up, double scale, double dropout = 0)
{
    /// <summary>A, (R, in).</summary>
    public Tensor Down { get; } = down;

    /// <summary>B, (out, R).</summary>
    public Tensor Up { get; } = up;

    /// <summary>Factor on the branch.</summary>
    public double Scale { get; } = scale;

    /// <summary>Share of the branch's input that is dropped in training.</summary>
    public double Dropout { get; } = dropout;
}
