using LeanTune.Activations;
using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Models.Blocks;

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
        if (normedGradient is not null && normed.requires_grad) Autograd.Backward(normed, normedGradient);
        return input.requires_grad ? input.grad is { } through ? through.add_(gradient) : gradient.alias() : null;
    }

    /// <summary>Whether these rows are computed in several parts.</summary>
    public bool IsParted(RowTile tile) => half.Sublayer.Parts(tile, pass).Count > 1;
}
