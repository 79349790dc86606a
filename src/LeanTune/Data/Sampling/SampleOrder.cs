namespace LeanTune.Data;

/// <summary>Decides which examples an epoch hands out, and in which order: a pure function of groups, seed and epoch.</summary>
/// <remarks>
/// Each group is an endless sequence of passes, every pass a shuffle of the whole group; epoch e takes the draws from ⌈e·w·n⌉ to ⌈(e+1)·w·n⌉ of it, so
/// that over the epochs every example of a group of weight w is drawn equally often, and no epoch draws more than the first. The draws of all groups are then shuffled together.
/// Safe for use from several threads.
/// </remarks>
public sealed class SampleOrder
{
    private readonly IReadOnlyList<WeightedGroup> _groups;
    private readonly ulong _seed;

    /// <summary>Makes an order.</summary>
    /// <param name="groups">What is drawn from, in an order that matters.</param>
    /// <param name="seed">Decides on the order.</param>
    public SampleOrder(IReadOnlyList<WeightedGroup> groups, ulong seed)
    {
        foreach (WeightedGroup group in groups)
            if (!(group.Weight > 0 && double.IsFinite(group.Weight)))
                throw new ArgumentOutOfRangeException(nameof(groups), group.Weight, "A weight must be a number above 0.");
        if (groups.All(group => group.Indices.Count == 0))
            throw new ArgumentException("No group holds an example.", nameof(groups));
        (_groups, _seed) = (groups, seed);
    }

    /// <summary>The indices that an epoch hands out, in order; none when the weights are so small that this epoch draws nothing.</summary>
    public int[] Epoch(long epoch)
    {
        int[] order = Draws(epoch);
        new SeededShuffle(_seed, epoch).Apply<int>(order);
        return order;
    }

    /// <summary>The indices that an epoch hands out, group after group.</summary>
    internal int[] Draws(long epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        var drawn = new List<int>();
        for (int g = 0; g < _groups.Count; g++)
            Draw(g, epoch, drawn);
        return [.. drawn];
    }

    private void Draw(int g, long epoch, List<int> drawn)
    {
        (IReadOnlyList<int> indices, double weight) = _groups[g];
        if (indices.Count == 0)
            return;
        // Rounded, lest 0.07 of 100 be a little more than 7.
        double perEpoch = Math.Round(weight * indices.Count, 9);
        long from = (long)Math.Ceiling(epoch * perEpoch), to = (long)Math.Ceiling((epoch + 1) * perEpoch);
        while (from < to)
        {
            (long pass, long start) = Math.DivRem(from, indices.Count);
            int end = (int)Math.Min(indices.Count, start + (to - from));
            int[] order = [.. indices];
            new SeededShuffle(SeededShuffle.Derive(_seed, g), pass).Apply<int>(order);
            drawn.AddRange(order.AsSpan((int)start, end - (int)start));
            from += end - start;
        }
    }
}
