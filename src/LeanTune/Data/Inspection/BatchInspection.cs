namespace LeanTune.Data;

/// <summary>What the batches of an epoch would be made of under a rule: how much is computed for what is there.</summary>
/// <param name="Batches">Batches of the first epoch.</param>
/// <param name="Rows">Their rows.</param>
/// <param name="PaddedTokens">Tokens with padding, all that are computed.</param>
/// <param name="RealTokens">Tokens without padding.</param>
/// <param name="SupervisedTokens">Tokens with a loss.</param>
public sealed record BatchInspection(int Batches, int Rows, long PaddedTokens, long RealTokens, long SupervisedTokens)
{
    /// <summary>Share of what is computed that is padding.</summary>
    public double PaddingShare => PaddedTokens == 0 ? 0 : (PaddedTokens - RealTokens) / (double)PaddedTokens;

    /// <summary>Looks at the first epoch of a set.</summary>
    internal static BatchInspection Of(ExampleSet set, BatchRule rule, ulong seed)
    {
        int[] lengths = [.. set.Select(example => example.Ids.Length)], targets = [.. set.Select(example => example.Supervised.Count(one => one))];
        int[][][] batches = EpochOrder.Batches(lengths, rule, seed, epoch: 0, set.Draws(seed));
        long Sum(int[][] rows, int[] of) => rows.Sum(row => row.Sum(i => (long)of[i]));
        return new BatchInspection(
            batches.Length, batches.Sum(rows => rows.Length),
            batches.Sum(rows => rows.Length * rule.Width(rows.Max(row => row.Sum(i => lengths[i])))),
            batches.Sum(rows => Sum(rows, lengths)), batches.Sum(rows => Sum(rows, targets)));
    }
}
