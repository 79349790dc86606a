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
    /// <exception cref="ArgumentException">The tiles do not cover rows 0 to N in order, or the segment returns another shape than (rows of the tile, p).</exception>
    public static Tensor Forward(IRowSegment segment, Tensor input, IReadOnlyList<RowTile> tiles)
    {
        Check(tiles, input.shape[0]);
        using DisposeScope all = NewDisposeScope();
        if (tiles.Count <= 1)
        {
            RowTile whole = new(0, input.shape[0]);
            Tensor output = segment.Forward(input, whole);
            CheckRows(output, whole, like: null);
            return output.MoveToOuterDisposeScope();
        }

        Tensor? joined = null;
        foreach (RowTile tile in tiles)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor rows = segment.Forward(input.narrow(0, tile.First, tile.Rows), tile);
            CheckRows(rows, tile, joined?.shape);
            joined ??= empty([input.shape[0], .. rows.shape[1..]], rows.dtype, rows.device).MoveToOuterDisposeScope();
            joined.narrow(0, tile.First, tile.Rows).copy_(rows);
        }

        return joined!.MoveToOuterDisposeScope();
    }

    /// <summary>All rows of the input's gradient.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="leaf">Rebuilds the rows of a tile as a leaf.</param>
    /// <param name="gradient">(N, p). Borrowed.</param>
    /// <param name="tiles">Those of the forward pass.</param>
    /// <returns>(N, n), zero where a tile gets none, or null where no tile gets any; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The segment returns another shape than (rows of the tile, n).</exception>
    public static Tensor? Backward(IRowSegment segment, Func<RowTile, Tensor> leaf, Tensor gradient, IReadOnlyList<RowTile> tiles)
    {
        using DisposeScope all = NewDisposeScope();
        if (tiles.Count <= 1) return Rows(new RowTile(0, gradient.shape[0]))?.MoveToOuterDisposeScope();
        Tensor? joined = null;
        foreach (RowTile tile in tiles)
        {
            using DisposeScope scope = NewDisposeScope();
            if (Rows(tile) is { } rows)
            {
                if (joined is null)
                {
                    joined = empty([gradient.shape[0], .. rows.shape[1..]], rows.dtype, rows.device).MoveToOuterDisposeScope();
                    joined.narrow(0, 0, tile.First).zero_(); // tiles before this one had no gradient
                }

                joined.narrow(0, tile.First, tile.Rows).copy_(rows);
            }
            else joined?.narrow(0, tile.First, tile.Rows).zero_();
        }

        return joined?.MoveToOuterDisposeScope();

        Tensor? Rows(RowTile tile)
        {
            Tensor input = leaf(tile);
            Tensor? rows = segment.Backward(input, tiles.Count <= 1 ? gradient : gradient.narrow(0, tile.First, tile.Rows), tile);
            if (rows is not null) CheckRows(rows, tile, input.shape);
            return rows;
        }
    }

    private static void Check(IReadOnlyList<RowTile> tiles, long all)
    {
        if (tiles.Count == 0) return;
        long next = 0;
        foreach (RowTile tile in tiles)
        {
            if (tile.First != next || tile.Rows < 1)
                throw new ArgumentException($"Tiles must cover rows 0 to {all} in order, each at least one row; after row {next} comes a tile of {tile.Rows} rows from {tile.First}.", nameof(tiles));
            next = tile.End;
        }

        if (next != all) throw new ArgumentException($"Tiles must cover rows 0 to {all} in order; they end at {next}.", nameof(tiles));
    }

    /// <summary>Copying would broadcast what has too few rows or features.</summary>
    private static void CheckRows(Tensor rows, RowTile tile, long[]? like)
    {
        long[] shape = rows.shape;
        if (shape.Length > 0 && shape[0] == tile.Rows && (like is null || shape.AsSpan(1).SequenceEqual(like.AsSpan(1)))) return;
        string features = like is null ? "p" : string.Join(", ", like[1..]);
        throw new ArgumentException(
            $"A segment must return as many rows as its tile has: ({tile.Rows}, {features}) is expected for rows {tile.First} to {tile.End}, it returned ({string.Join(", ", shape)}).");
    }
}
