using LeanTune.Activations;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Models.Blocks;

/// <summary>x + f(norm(x)): half of a block, the unit of which every way to keep activations is made.</summary>
/// <param name="Norm">The norm before the sublayer.</param>
/// <param name="Sublayer">f.</param>
internal sealed record BlockHalf(RmsNorm Norm, ISublayer Sublayer)
{
    /// <summary>The half as a segment of the residual stream.</summary>
    public HalfSegment In(ForwardPass pass) => new(this, pass);
}

/// <summary>A half within a forward pass, over the residual stream.</summary>
/// <param name="half">The half.</param>
/// <param name="pass">The forward pass it belongs to.</param>
internal sealed class HalfSegment(BlockHalf half, ForwardPass pass) : IRowSegment
{
    private readonly PartedSublayer _function = new(half.Sublayer, pass);

    /// <inheritdoc/>
    public Tensor Forward(Tensor input, RowTile tile)
    {
        using Tensor normed = half.Norm.Forward(input);
        using Tensor fed = _function.Forward(normed, tile);
        return is_grad_enabled() ? input + fed : fed.add_(input).alias();
    }

    /// <inheritdoc/>
    public Tensor? Backward(Tensor input, Tensor gradient, RowTile tile)
    {
        if (!IsParted(tile)) return RowSegment.BackwardThrough(leaf => Forward(leaf, tile), input, gradient);
        Tensor normed;
        using (enable_grad()) normed = half.Norm.Forward(input);
        using Tensor recorded = normed;
        using Tensor leaf = normed.detach().requires_grad_(normed.requires_grad);
        using Tensor? normedGradient = _function.Backward(leaf, gradient, tile);
        if (normedGradient is not null && normed.requires_grad) Native.Autograd.Backward(normed, normedGradient);
        return input.requires_grad ? input.grad is { } through ? through.add_(gradient) : gradient.alias() : null;
    }

    /// <summary>Whether these rows are computed in several parts.</summary>
    public bool IsParted(RowTile tile) => half.Sublayer.Parts(tile, pass).Count > 1;
}

/// <summary>A sublayer within a forward pass, computed part by part wherever no graph over the whole is asked for.</summary>
/// <param name="sublayer">The sublayer.</param>
/// <param name="pass">The forward pass it belongs to.</param>
internal sealed class PartedSublayer(ISublayer sublayer, ForwardPass pass) : IRowSegment
{
    /// <inheritdoc/>
    public Tensor Forward(Tensor input, RowTile tile)
    {
        IReadOnlyList<SublayerPart> parts = is_grad_enabled() ? [sublayer.Whole(tile)] : sublayer.Parts(tile, pass);
        if (parts.Count == 1) return sublayer.Forward(input, pass, parts[0]);
        Tensor output = zeros_like(input);
        foreach (SublayerPart part in parts)
        {
            using DisposeScope scope = NewDisposeScope();
            Within(output, part, tile).add_(sublayer.Forward(Within(input, part, tile), pass, part));
        }

        return output;
    }

    /// <inheritdoc/>
    public Tensor? Backward(Tensor input, Tensor gradient, RowTile tile)
    {
        IReadOnlyList<SublayerPart> parts = sublayer.Parts(tile, pass);
        if (parts.Count == 1) return RowSegment.BackwardThrough(leaf => sublayer.Forward(leaf, pass, parts[0]), input, gradient);
        Tensor? result = input.requires_grad ? zeros_like(input) : null;
        foreach (SublayerPart part in parts)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor leaf = Within(input.detach(), part, tile).requires_grad_(input.requires_grad);
            Tensor? rows = RowSegment.BackwardThrough(each => sublayer.Forward(each, pass, part), leaf, Within(gradient, part, tile));
            if (rows is not null) Within(result!, part, tile).add_(rows);
        }

        return result;
    }

    private static Tensor Within(Tensor rows, SublayerPart part, RowTile tile) => rows.narrow(0, part.Rows.First - tile.First, part.Rows.Rows);
}
