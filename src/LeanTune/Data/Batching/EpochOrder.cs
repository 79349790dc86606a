namespace LeanTune.Data;

/// <summary>Decides which examples form each batch of an epoch: a pure function of lengths, batch size, seed and epoch.</summary>
/// <remarks>
/// Examples are shuffled and taken in pools of <see cref="PoolBatches"/> batches; a pool is sorted by length and cut into batches, so that little is
/// padded; then all batches are shuffled. Every example stands in exactly one batch; one batch may be smaller than the others.
/// </remarks>
internal static class EpochOrder
{
    /// <summary>Batches sorted together: more pad less, fewer mix better.</summary>
    public const int PoolBatches = 16;

    public static int[][] Batches(IReadOnlyList<int> lengths, int batchSize, ulong seed, long epoch)
    {
        var shuffle = new SeededShuffle(seed, epoch);
        int[] order = [.. Enumerable.Range(0, lengths.Count)];
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
