namespace LeanTune.Data;

/// <summary>Chooses examples to evaluate on by their content: the choice survives reordering, and equal examples never stand on both sides.</summary>
public static class HoldOut
{
    /// <summary>Holds a share out. An example stays on its side when others are added.</summary>
    /// <param name="hashes">Content hash of each example, see <see cref="Example.ContentHash"/>.</param>
    /// <param name="share">Expected share held out, above 0 and below 1. At least one content goes to each side.</param>
    /// <returns>For each example, whether it is held out.</returns>
    /// <exception cref="DataException">All examples are the same: they cannot be divided.</exception>
    public static bool[] ByShare(IReadOnlyList<ulong> hashes, double share)
    {
        if (!(share is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "The share held out must be above 0 and below 1.");
        (ulong least, ulong most) = Range(hashes, $"a share of {share}");
        // The hash as a number from 0 to 1; the comparisons with the ends keep one on each side.
        return [.. hashes.Select(hash => hash == least || (hash != most && hash * (1.0 / (1UL << 32)) / (1UL << 32) < share))];
    }

    /// <summary>Holds a number of examples out: as many as asked for, fewer where equal ones do not fit in.</summary>
    /// <param name="hashes">Content hash of each example.</param>
    /// <param name="count">How many, from 1 to below the number of examples.</param>
    /// <returns>For each example, whether it is held out.</returns>
    /// <exception cref="DataException">There are no more examples than are to be held out, or all are the same.</exception>
    public static bool[] ByCount(IReadOnlyList<ulong> hashes, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Range(hashes, $"{count} examples");
        if (count >= hashes.Count)
            throw new DataException($"{count} examples cannot be held out of {hashes.Count}: none would be left to train on");
        var held = new HashSet<ulong>();
        int total = 0;
        foreach (IGrouping<ulong, ulong> equal in hashes.GroupBy(hash => hash).OrderBy(group => group.Key))
        {
            if (total == count)
                break;
            int size = equal.Count();
            if (total + size > count)
                continue;
            held.Add(equal.Key);
            total += size;
        }

        return [.. hashes.Select(held.Contains)];
    }

    private static (ulong Least, ulong Most) Range(IReadOnlyList<ulong> hashes, string what)
    {
        (ulong least, ulong most) = (ulong.MaxValue, 0);
        foreach (ulong hash in hashes)
            (least, most) = (Math.Min(least, hash), Math.Max(most, hash));
        return least < most ? (least, most) : throw new DataException($"{what} cannot be held out of {hashes.Count} example{(hashes.Count == 1 ? "" : "s that are all the same")}: expected at least 2 different ones");
    }
}
