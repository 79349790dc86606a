namespace LeanTune.Benchmarks;

/// <summary>Medians and spreads of paired rounds.</summary>
internal static class Statistics
{
    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>Smallest and largest.</summary>
    public static string Range(IReadOnlyCollection<double> values) => FormattableString.Invariant($"{values.Min():F2}–{values.Max():F2}");
}
