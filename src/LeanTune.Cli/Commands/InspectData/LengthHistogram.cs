namespace LeanTune.Cli.Commands.InspectData;

/// <summary>How many examples there are of each length, in about a dozen ranges of round width, the last of which takes the longest hundredth in.</summary>
internal static class LengthHistogram
{
    private const int MostRanges = 14;

    /// <summary>A few examples of great length would else leave one bar for all others.</summary>
    private const double Drawn = 0.99;

    /// <summary>Ranges from the shortest to the longest, empty ones in between included.</summary>
    /// <param name="lengths">In tokens, from short to long.</param>
    public static IReadOnlyList<LengthRange> Of(IReadOnlyList<int> lengths)
    {
        if (lengths.Count == 0)
            return [];
        int longest = lengths[(int)Math.Ceiling(Drawn * lengths.Count) - 1], width = Width(longest - lengths[0] + 1), first = lengths[0] / width;
        int[] counts = new int[(longest / width) - first + 1];
        foreach (int length in lengths)
            counts[Math.Min((length / width) - first, counts.Length - 1)]++;
        return [.. counts.Select((count, i) => new LengthRange((first + i) * width, Math.Max(((first + i + 1) * width) - 1, i + 1 == counts.Length ? lengths[^1] : 0), count))];
    }

    /// <summary>The least of 1, 2, 5, 10, 20, 50, … that needs few enough ranges.</summary>
    private static int Width(int span)
    {
        for (int power = 1; ; power *= 10)
            foreach (int step in new[] { 1, 2, 5 })
                if ((long)step * power * (MostRanges - 1) >= span)
                    return step * power;
    }
}
