namespace LeanTune.Data;

/// <summary>What no batch of a set exceeds: what memory is planned for.</summary>
/// <param name="Rows">Rows of <see cref="Tokens"/> each that hold as many tokens, with padding, as any batch.</param>
/// <param name="Tokens">The longest row.</param>
/// <param name="Supervised">Tokens with a loss.</param>
internal readonly record struct BatchBounds(int Rows, int Tokens, long Supervised)
{
    /// <summary>The bounds of a set.</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="rule">How they form batches.</param>
    public static BatchBounds Of(IReadOnlyList<TokenizedExample> examples, BatchRule rule)
    {
        int[] lengths = [.. examples.Select(example => example.Ids.Length)];
        // Packed rows are at most full, and may be so in any epoch.
        (int rows, int longest) = rule.PackTo is { } capacity
            ? (Math.Min(rule.RowsOf(capacity), lengths.Length), (int)Math.Min(capacity, lengths.Sum(length => (long)length)))
            : Largest(lengths, rule);
        long width = rule.Width(rule.PackTo is null ? lengths.Max() : longest);
        int count = (int)(((rows * rule.Width(longest)) + width - 1) / width);
        // Batches of one example a row hold no more examples than rows; packed ones no more tokens than there is room for.
        long supervised = rule is { PackTo: null, Tokens: long.MaxValue }
            ? examples.Select(example => example.Supervised.Count(one => one)).OrderDescending().Take(count).Sum(each => (long)each)
            : MostSupervised(examples, count * width);
        return new BatchBounds(count, (int)width, supervised);
    }

    /// <summary>Of batches of one example a row, the one with most tokens: its rows and their length.</summary>
    public static (int Rows, int Tokens) Largest(IReadOnlyList<int> lengths, BatchRule rule)
    {
        (int rows, int tokens) = (0, 0);
        int fitting = 0;
        foreach (IGrouping<int, int> equal in lengths.GroupBy(length => length).OrderBy(group => group.Key))
        {
            fitting += equal.Count();
            int count = Math.Min(rule.RowsOf(equal.Key), fitting);
            if (count * rule.Width(equal.Key) >= rows * rule.Width(tokens))
                (rows, tokens) = (count, equal.Key);
        }

        return (rows, tokens);
    }

    /// <summary>The most targets among so many tokens: those of the examples with the greatest share of them.</summary>
    private static long MostSupervised(IReadOnlyList<TokenizedExample> examples, long tokens)
    {
        double most = 0;
        foreach ((int supervised, int length) in examples.Select(e => (e.Supervised.Count(one => one), e.Ids.Length)).OrderByDescending(e => (double)e.Item1 / e.Length))
        {
            long taken = Math.Min(tokens, length);
            most += (double)supervised * taken / length;
            tokens -= taken;
        }

        return (long)Math.Ceiling(most);
    }
}
