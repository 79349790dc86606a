namespace LeanTune.Data;

/// <summary>Decides which examples form each batch of an epoch: a pure function of lengths, what is drawn, batch size, seed and epoch.</summary>
/// <remarks>
/// Examples are shuffled and taken in pools of <see cref="PoolBatches"/> batches; a pool is sorted by length and cut into batches, so that little is
/// padded; then all batches are shuffled. Every example that is drawn stands in exactly one batch for each time; one batch may be smaller than the others.
/// </remarks>
internal static class EpochOrder
{
    /// <summary>Batches sorted together: more pad less, fewer mix better.</summary>
    public const int PoolBatches = 16;

    /// <param name="lengths">Of all examples, in tokens.</param>
    /// <param name="batchSize">Examples a batch.</param>
    /// <param name="seed">Decides on the order.</param>
    /// <param name="epoch">From 0.</param>
    /// <param name="draws">What the epoch draws; null for every example once.</param>
    public static int[][] Batches(IReadOnlyList<int> lengths, int batchSize, ulong seed, long epoch, SampleOrder? draws = null)
    {
        var shuffle = new SeededShuffle(seed, epoch);
        int[] order = draws?.Draws(epoch) ?? [.. Enumerable.Range(0, lengths.Count)];
        shuffle.Apply<int>(order);

        var batches = new List<int[]>((order.Length / batchSize) + 1);
        foreach (int[] pool in order.Chunk((int)Math.Min((long)PoolBatches * batchSize, int.MaxValue)))
            // OrderBy is stable: equal lengths stay shuffled.
            batches.AddRange(pool.OrderBy(index => lengths[index]).Chunk(batchSize));
        int[][] shuffled = [.. batches];
        shuffle.Apply<int[]>(shuffled);
        return shuffled;
    }
}
