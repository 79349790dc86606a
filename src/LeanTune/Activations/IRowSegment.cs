using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations;

/// <summary>
/// A stretch of a network that maps rows to as many rows and can be computed tile by tile, so that its insides never exist all at
/// once. Tiles must be independent: where rows see each other (attention), a tile holds whole sequences.
/// </summary>
public interface IRowSegment
{
    /// <summary>Computes some rows of the output. Records a graph when gradients are on.</summary>
    /// <param name="input">(rows of the tile, n). Borrowed.</param>
    /// <param name="tile">Which rows they are, for what depends on the place: dropout, masks.</param>
    /// <returns>(rows of the tile, p); the caller disposes it.</returns>
    Tensor Forward(Tensor input, RowTile tile);

    /// <summary>Computes the same rows again and runs their backward pass; parameters add to their own gradients.</summary>
    /// <param name="input">(rows of the tile, n), a leaf that asks for a gradient or does not. Borrowed.</param>
    /// <param name="gradient">Of the output's rows. Borrowed.</param>
    /// <param name="tile">Which rows they are.</param>
    /// <returns>The input's gradient, or null where it asks for none or gets none; the caller disposes it. Called with gradients off.</returns>
    Tensor? Backward(Tensor input, Tensor gradient, RowTile tile);
}

/// <summary>Makes row segments.</summary>
public static class RowSegment
{
    /// <summary>A segment from a function that records a graph; the backward pass goes through that graph.</summary>
    /// <param name="function">Gets the rows of a tile and which they are, and returns as many rows that it hands over. Everything random in it must repeat by itself.</param>
    public static IRowSegment Of(Func<Tensor, RowTile, Tensor> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new Recorded(function);
    }

    /// <summary>Runs a recorded function forward and backward.</summary>
    /// <returns>The leaf's gradient, taken from it; null when it has none.</returns>
    internal static Tensor? BackwardThrough(Func<Tensor, Tensor> function, Tensor leaf, Tensor gradient)
    {
        using (enable_grad())
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor output = function(leaf);
            if (output.requires_grad) Autograd.Backward(output, gradient);
        }

        return leaf.requires_grad ? leaf.grad : null;
    }

    private sealed class Recorded(Func<Tensor, RowTile, Tensor> function) : IRowSegment
    {
        public Tensor Forward(Tensor input, RowTile tile) => function(input, tile);

        public Tensor? Backward(Tensor input, Tensor gradient, RowTile tile) => BackwardThrough(leaf => function(leaf, tile), input, gradient);
    }
}
