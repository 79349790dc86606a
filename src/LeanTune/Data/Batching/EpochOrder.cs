namespace LeanTune.Data;

/// <summary>Decides which examples form each batch of an epoch: a pure function of lengths, what is drawn, rule, seed and epoch.</summary>
/// <remarks>
/// Examples are shuffled and taken in pools. A pool is sorted by length and cut into batches, so that little is padded; or packed into rows. Then all batches, or rows, are
/// shuffled. Every example that is drawn stands in exactly one batch for each time; some batches may be smaller than the others.
/// </remarks>
internal static class EpochOrder
{
    /// <summary>Batches sorted together: more pad less, fewer mix better.</summary>
    public const int PoolBatches = 16;

    /// <summary>Examples packed together: more leave less room in rows, fewer mix better.</summary>
    public const int PackedPool = 4096;

    /// <param name="lengths">Of all examples, in tokens.</param>
    /// <param name="rule">What a batch may hold.</param>
    /// <param name="seed">Decides on the order.</param>
    /// <param name="epoch">From 0.</param>
    /// <param name="draws">What the epoch draws; null for every example once.</param>
    /// <returns>For each batch, for each of its rows, the examples in it.</returns>
    public static int[][][] Batches(IReadOnlyList<int> lengths, BatchRule rule, ulong seed, long epoch, SampleOrder? draws = null)
    {
        var shuffle = new SeededShuffle(seed, epoch);
        int[] order = draws?.Draws(epoch) ?? [.. Enumerable.Range(0, lengths.Count)];
        shuffle.Apply<int>(order);
        return rule.PackTo is { } capacity ? Packed(order, lengths, rule, capacity, shuffle) : Sorted(order, lengths, rule, shuffle);
    }

    private static int[][][] Packed(int[] order, IReadOnlyList<int> lengths, BatchRule rule, int capacity, SeededShuffle shuffle)
    {
        int[][] rows = [.. order.Chunk(PackedPool).SelectMany(pool => RowPacking.Rows(pool, lengths, capacity)).Select(row => row.ToArray())];
        shuffle.Apply<int[]>(rows);
        return [.. rows.Chunk(rule.RowsOf(capacity))];
    }

    private static int[][][] Sorted(int[] order, IReadOnlyList<int> lengths, BatchRule rule, SeededShuffle shuffle)
    {
        var batches = new List<int[][]>();
        int usual = order.Length == 0 ? 1 : rule.RowsOf((long)Math.Ceiling(order.Average(index => lengths[index])));
        foreach (int[] pool in order.Chunk((int)Math.Min((long)PoolBatches * usual, int.MaxValue)))
        {
            // OrderBy is stable: equal lengths stay shuffled.
            int[] sorted = [.. pool.OrderBy(index => lengths[index])];
            for (int first = 0, end; first < sorted.Length; first = end)
            {
                end = first + 1;
                while (end < sorted.Length && end - first < rule.RowsOf(lengths[sorted[end]]))
                    end++;
                batches.Add([.. sorted[first..end].Select(index => new[] { index })]);
            }
        }

        int[][][] shuffled = [.. batches];
        shuffle.Apply<int[][]>(shuffled);
        return shuffled;
    }
}
