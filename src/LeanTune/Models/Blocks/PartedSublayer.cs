using LeanTune.Activations;
using LeanTune.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Models.Blocks;

/// <summary>A sublayer within a forward pass, computed part by part wherever no graph over the whole is asked for.</summary>
/// <param name="sublayer">The sublayer.</param>
/// <param name="pass">The forward pass it belongs to.</param>
internal sealed class PartedSublayer(ISublayer sublayer, ForwardPass pass) : IRowSegment
{
    /// <inheritdoc/>
    public Tensor Forward(Tensor input, RowTile tile)
    {
        IReadOnlyList<SublayerPart> parts = is_grad_enabled() ? [sublayer.Whole(tile)] : sublayer.Parts(tile, pass);
        return parts.Count == 1
            ? sublayer.Forward(input, pass, parts[0])
            : Join(input, tile, parts, part => sublayer.Forward(Within(input, part, tile), pass, part));
    }

    /// <inheritdoc/>
    public Tensor? Backward(Tensor input, Tensor gradient, RowTile tile)
    {
        IReadOnlyList<SublayerPart> parts = sublayer.Parts(tile, pass);
        if (parts.Count == 1) return RowSegment.BackwardThrough(leaf => sublayer.Forward(leaf, pass, parts[0]), input, gradient);
        Tensor? OfPart(SublayerPart part)
        {
            Tensor leaf = Within(input.detach(), part, tile).requires_grad_(input.requires_grad);
            return RowSegment.BackwardThrough(each => sublayer.Forward(each, pass, part), leaf, Within(gradient, part, tile));
        }

        if (input.requires_grad) return Join(input, tile, parts, OfPart);
        foreach (SublayerPart part in parts) // for the parameters' sake
        {
            using DisposeScope scope = NewDisposeScope();
            OfPart(part);
        }

        return null;
    }

    /// <summary>Puts parts of rows together: one after another, or, where each has all the rows, as their sum in fp32, which is rounded once.</summary>
    /// <param name="like">What the result is like. Borrowed.</param>
    /// <param name="tile">The rows.</param>
    /// <param name="parts">The parts: all of these rows each, or each some of them.</param>
    /// <param name="compute">Computes a part's rows, in a dispose scope of their own; null stands for zeros.</param>
    private static Tensor Join(Tensor like, RowTile tile, IReadOnlyList<SublayerPart> parts, Func<SublayerPart, Tensor?> compute)
    {
        using DisposeScope all = NewDisposeScope();
        bool summed = parts[0].Rows == tile;
        Tensor joined = summed ? zeros(like.shape, RowProducts.ComputeType(like.dtype), like.device) : zeros_like(like);
        foreach (SublayerPart part in parts)
        {
            using DisposeScope scope = NewDisposeScope();
            if (compute(part) is not { } rows) continue;
            if (summed) joined.add_(rows);
            else Within(joined, part, tile).copy_(rows);
        }

        return joined.to(like.dtype).MoveToOuterDisposeScope();
    }

    private static Tensor Within(Tensor rows, SublayerPart part, RowTile tile) => rows.narrow(0, part.Rows.First - tile.First, part.Rows.Rows);
}
