using LeanTune.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Functions;

/// <summary>
/// The one thing that a linear layer's backward pass wants of its input x: products gᵀ x. From factors x = L R it is (gᵀ L) R and nothing
/// dense is rebuilt; else x is rebuilt a tile of rows at a time, once for all products.
/// </summary>
internal static class RowProduct
{
    /// <summary>A rebuilt tile stays near 2 MB, within a core's cache.</summary>
    private const long TileElements = 1 << 19;

    /// <summary>Tiles over the rows of an activation; a single one where rebuilding and widening cost nothing.</summary>
    public static IEnumerable<RowTile> Tiles(SavedActivation kept)
    {
        long width = Math.Max(1, kept.Shape[^1]), rows = kept.Shape.SkipLast(1).Aggregate(1L, (product, size) => product * size);
        return new RowTile(0, rows).Cut(kept.RestoresByView ? Math.Max(1, rows) : Math.Max(16, TileElements / width));
    }

    /// <summary>gᵀ x for several g.</summary>
    /// <param name="kept">x, (..., n) as N rows. Borrowed.</param>
    /// <param name="factors">Each g, (N, p), in any type. Borrowed.</param>
    /// <param name="change">Changes the rows of a tile before they meet the g of an index (dropout), or null: gets (rows, n) in the compute
    /// type, which it borrows, and returns a tensor that it hands over.</param>
    /// <returns>One (p, n) a g, in the compute type (fp32, or fp64 for fp64); the caller disposes them.</returns>
    public static Tensor[] Transposed(SavedActivation kept, IReadOnlyList<Tensor> factors, Func<int, Tensor, RowTile, Tensor>? change = null)
    {
        using DisposeScope scope = NewDisposeScope();
        if (change is null && kept.TryGetFactors(out Tensor left, out Tensor right, out IReadOnlyList<RowTile> real))
        {
            ScalarType type = RowProducts.ComputeType(left.dtype);
            (left, right) = (left.to(type), right.to(type));
            return [.. factors.Select(factor => Meeting(factor, left, real).mm(right).MoveToOuterDisposeScope())]; // (p, n)
        }

        Tensor?[] products = new Tensor?[factors.Count];
        foreach (RowTile tile in Tiles(kept))
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor rows = kept.Restore(tile.First, tile.Rows); // (rows, n)
            rows = rows.to(RowProducts.ComputeType(rows.dtype));
            for (int i = 0; i < products.Length; i++)
            {
                Tensor factor = factors[i].narrow(0, tile.First, tile.Rows).to(rows.dtype).t(); // (p, rows)
                Tensor changed = change is null ? rows : change(i, rows, tile);
                if (products[i] is { } sum) sum.addmm_(factor, changed, beta: 1, alpha: 1);
                else products[i] = factor.mm(changed).MoveToOuterDisposeScope();
            }
        }

        return [.. products.Select((product, i) => (product ?? zeros(factors[i].shape[1], kept.Shape[^1])).MoveToOuterDisposeScope())];
    }

    /// <summary>gᵀ L over the rows that L has: (p, k).</summary>
    private static Tensor Meeting(Tensor factor, Tensor left, IReadOnlyList<RowTile> real)
    {
        Tensor sum = zeros(factor.shape[1], left.shape[1], left.dtype, left.device);
        long next = 0;
        foreach (RowTile run in real)
        {
            using DisposeScope scope = NewDisposeScope();
            sum.addmm_(factor.narrow(0, run.First, run.Rows).to(left.dtype).t(), left.narrow(0, next, run.Rows), beta: 1, alpha: 1);
            next += run.Rows;
        }

        return sum;
    }
}
