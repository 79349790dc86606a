using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations;

/// <summary>Runs row segments over all their tiles, with one tensor for the whole result.</summary>
internal static class RowTiles
{
    /// <summary>All rows of the output, without graph.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="input">(N, n). Borrowed.</param>
    /// <param name="tiles">Cover the rows in order; empty for all at once.</param>
    /// <returns>(N, p); the caller disposes it.</returns>
    public static Tensor Forward(IRowSegment segment, Tensor input, IReadOnlyList<RowTile> tiles)
    {
        if (tiles.Count <= 1) return segment.Forward(input, new RowTile(0, input.shape[0]));
        using DisposeScope all = NewDisposeScope();
        Tensor? output = null;
        foreach (RowTile tile in tiles)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor rows = segment.Forward(input.narrow(0, tile.First, tile.Rows), tile);
            output ??= empty([input.shape[0], .. rows.shape[1..]], rows.dtype, rows.device).MoveToOuterDisposeScope();
            output.narrow(0, tile.First, tile.Rows).copy_(rows);
        }

        return output!.MoveToOuterDisposeScope();
    }

    /// <summary>All rows of the input's gradient.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="leaf">Rebuilds the rows of a tile as a leaf.</param>
    /// <param name="gradient">(N, p). Borrowed.</param>
    /// <param name="tiles">Cover the rows in order; empty for all at once.</param>
    /// <returns>(N, n), or null where the input gets none; the caller disposes it.</returns>
    public static Tensor? Backward(IRowSegment segment, Func<RowTile, Tensor> leaf, Tensor gradient, IReadOnlyList<RowTile> tiles)
    {
        using DisposeScope all = NewDisposeScope();
        if (tiles.Count <= 1)
        {
            RowTile whole = new(0, gradient.shape[0]);
            return segment.Backward(leaf(whole), gradient, whole)?.MoveToOuterDisposeScope();
        }

        Tensor? result = null;
        foreach (RowTile tile in tiles)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor? rows = segment.Backward(leaf(tile), gradient.narrow(0, tile.First, tile.Rows), tile);
            if (rows is null) continue;
            result ??= empty([gradient.shape[0], .. rows.shape[1..]], rows.dtype, rows.device).MoveToOuterDisposeScope();
            result.narrow(0, tile.First, tile.Rows).copy_(rows);
        }

        return result?.MoveToOuterDisposeScope();
    }
}
