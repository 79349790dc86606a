using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations;

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
