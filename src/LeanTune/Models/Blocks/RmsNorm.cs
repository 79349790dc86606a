using LeanTune.Activations;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Models.Blocks;

/// <summary>Root-mean-square normalisation: y = w · x / √(mean(x²) + ε), statistics in fp32.</summary>
/// <remarks>Keeps its input (shared, not copied) and one number a row for the backward pass.</remarks>
/// <param name="weight">(C), borrowed from the model.</param>
/// <param name="epsilon">Added to the mean square.</param>
public sealed class RmsNorm(Tensor weight, double epsilon)
{
    /// <summary>A piece in fp32 stays near 2 MB, within a core's cache.</summary>
    private const long PieceNumbers = 1 << 19;

    /// <summary>(C).</summary>
    public Tensor Weight { get; } = weight;

    /// <summary>Added to the mean square.</summary>
    public double Epsilon { get; } = epsilon;

    /// <summary>Normalises the last dimension.</summary>
    /// <param name="input">(..., C).</param>
    /// <returns>(..., C) in the input's data type; the caller disposes it.</returns>
    public Tensor Forward(Tensor input)
    {
        Tensor output;
        Tensor rstd;
        using (no_grad())
        using (DisposeScope scope = NewDisposeScope())
        {
            if (IsCut(input)) (output, rstd) = ForwardByPieces(input);
            else
            {
                rstd = InverseRms(input, Epsilon);
                output = Normalize(input, rstd).mul_(Weight);
            }

            rstd.DetachFromDisposeScope();
            output.MoveToOuterDisposeScope();
        }

        Tensor[] inputs = [input, Weight];
        if (!AutogradNode.WantsGradient(inputs))
        {
            rstd.Dispose();
            return output;
        }

        Tensor kept = input.detach().DetachFromDisposeScope();
        bool wantsInput = input.requires_grad, wantsWeight = Weight.requires_grad;
        return AutogradNode.Attach(
            inputs,
            output,
            gradient =>
            {
                if (!wantsWeight && IsCut(kept)) return [wantsInput ? InputGradientByPieces(gradient, kept, rstd) : null, null];
                Tensor normalized = Normalize(kept, rstd);
                Tensor? weightGradient = wantsWeight ? WeightGradient(gradient, normalized) : null;
                return [wantsInput ? InputGradient(gradient, normalized, rstd, Weight) : null, weightGradient];
            },
            () =>
            {
                kept.Dispose();
                rstd.Dispose();
            });
    }

    /// <summary>1 / √(mean(x²) + ε), (..., 1) in fp32.</summary>
    internal static Tensor InverseRms(Tensor input, double epsilon)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor wide = input.to(ScalarType.Float32);
        // The norm reduces without a squared copy of the input.
        Tensor root = wide.norm(-1, keepdim: true, p: 2f);
        return root.pow_(2).div_(input.shape[^1]).add_(epsilon).rsqrt_().MoveToOuterDisposeScope();
    }

    /// <summary>x · rstd in the input's data type: the normalised value before the affine weight.</summary>
    internal static Tensor Normalize(Tensor input, Tensor rstd) =>
        input.dtype == ScalarType.Float32 ? input * rstd : (input.to(ScalarType.Float32) * rstd).to(input.dtype);

    /// <summary>dL/dx from dL/dy: rstd · (g·w − z · mean(g·w·z)), with z the normalised value.</summary>
    internal static Tensor InputGradient(Tensor gradient, Tensor normalized, Tensor rstd, Tensor weight)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor z = normalized.to(ScalarType.Float32);
        Tensor weighted = gradient.to(ScalarType.Float32) * weight.to(ScalarType.Float32);
        Tensor along = weighted * z, mean = along.mean([-1], keepdim: true); // (..., 1)
        PeakSampler.Look();
        along.Dispose();
        return weighted.addcmul_(z, mean, value: -1).mul_(rstd).to(gradient.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Whether rows are computed piece by piece, so that what lies between input and output never exists in full.</summary>
    private static bool IsCut(Tensor rows) => rows.dim() == 2 && rows.NumberOfElements > PieceNumbers;

    private static IEnumerable<RowTile> Pieces(Tensor rows) => new RowTile(0, rows.shape[0]).Cut(Math.Max(1, PieceNumbers / rows.shape[1]));

    private (Tensor Output, Tensor Rstd) ForwardByPieces(Tensor input)
    {
        Tensor output = empty_like(input), rstd = empty(input.shape[0], 1, ScalarType.Float32, input.device);
        foreach (RowTile piece in Pieces(input))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor rows = input.narrow(0, piece.First, piece.Rows), inverse = InverseRms(rows, Epsilon);
            rstd.narrow(0, piece.First, piece.Rows).copy_(inverse);
            output.narrow(0, piece.First, piece.Rows).copy_(Normalize(rows, inverse).mul_(Weight));
        }

        return (output, rstd);
    }

    private Tensor InputGradientByPieces(Tensor gradient, Tensor input, Tensor rstd)
    {
        Tensor result = empty_like(gradient);
        foreach (RowTile piece in Pieces(input))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor Part(Tensor whole) => whole.narrow(0, piece.First, piece.Rows);
            Tensor inverse = Part(rstd);
            Part(result).copy_(InputGradient(Part(gradient), Normalize(Part(input), inverse), inverse, Weight));
        }

        return result;
    }

    private static Tensor WeightGradient(Tensor gradient, Tensor normalized)
    {
        using DisposeScope scope = NewDisposeScope();
        long width = gradient.shape[^1];
        return (gradient * normalized).reshape(-1, width).sum(dim: 0).MoveToOuterDisposeScope(); // (C)
    }
}
