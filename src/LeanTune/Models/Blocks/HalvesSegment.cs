using LeanTune.Activations;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Models.Blocks;

/// <summary>Halves one after another as one checkpointed segment: a half, a block, or two blocks.</summary>
/// <remarks>
/// The backward pass computes each half once more, the last one straight into its gradient. A half that is cut into parts keeps no
/// graph meanwhile; if it is not the last, its parts are computed a second time.
/// </remarks>
/// <param name="halves">In forward order.</param>
internal sealed class HalvesSegment(params HalfSegment[] halves) : IRowSegment
{
    /// <inheritdoc/>
    public Tensor Forward(Tensor input, RowTile tile)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor output = input;
        foreach (HalfSegment half in halves)
        {
            Tensor next = half.Forward(output, tile);
            // Without a graph, what lies between two halves is let go at once.
            if (!is_grad_enabled() && !ReferenceEquals(output, input)) output.Dispose();
            output = next;
        }

        return output.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor? Backward(Tensor input, Tensor gradient, RowTile tile)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] leaves = new Tensor[halves.Length];
        Tensor?[] recorded = new Tensor?[halves.Length];
        leaves[0] = input;
        for (int i = 0; i + 1 < halves.Length; i++)
        {
            if (halves[i].IsParted(tile)) leaves[i + 1] = halves[i].Forward(leaves[i], tile);
            else
                using (enable_grad())
                {
                    recorded[i] = halves[i].Forward(leaves[i], tile);
                    leaves[i + 1] = recorded[i]!.detach();
                }

            leaves[i + 1].requires_grad_(); // parameters below want it even where the input does not
        }

        Tensor? above = gradient;
        for (int i = halves.Length - 1; i >= 0 && above is not null; i--)
        {
            Tensor? below;
            if (recorded[i] is { } output)
            {
                if (output.requires_grad) Autograd.Backward(output, above);
                below = leaves[i].requires_grad ? leaves[i].grad : null;
                output.Dispose();
            }
            else below = halves[i].Backward(leaves[i], above, tile);

            if (i < halves.Length - 1) above.Dispose();
            above = below;
        }

        return above?.MoveToOuterDisposeScope();
    }
}
