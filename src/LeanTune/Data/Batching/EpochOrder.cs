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
        ulong state = Mix(seed) ^ Mix((ulong)epoch + 0xD1B54A32D192ED03);
        int[] order = [.. Enumerable.Range(0, lengths.Count)];
        Shuffle(order, ref state);

        var batches = new List<int[]>((order.Length / batchSize) + 1);
        foreach (int[] pool in order.Chunk((int)Math.Min((long)PoolBatches * batchSize, int.MaxValue)))
            // OrderBy is stable: equal lengths stay shuffled.
            batches.AddRange(pool.OrderBy(index => lengths[index]).Chunk(batchSize));
        int[][] shuffled = [.. batches];
        Shuffle(shuffled, ref state);
        return shuffled;
    }

    private static void Shuffle<T>(T[] items, ref ulong state)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int other = (int)Below((ulong)i + 1, ref state);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }

    /// <summary>A uniform draw from 0 to bound − 1: the high half of a product (Lemire, arXiv 1805.10941), drawn again where it would be biased.</summary>
    private static ulong Below(ulong bound, ref ulong state)
    {
        while (true)
        {
            state += 0x9E3779B97F4A7C15;
            ulong high = Math.BigMul(Mix(state), bound, out ulong low);
            if (low >= bound || low >= (0 - bound) % bound)
                return high;
        }
    }

    /// <summary>Finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).</summary>
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
