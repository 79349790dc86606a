namespace LeanTune.Checkpoints;

/// <summary>Finds the known name nearest to a misspelt one, for error messages.</summary>
internal static class NearestName
{
    /// <summary>", did you mean 'x'" for the candidate at the smallest edit distance, or nothing when none is near.</summary>
    public static string Hint(string wanted, IEnumerable<string> candidates)
    {
        string? best = null;
        int limit = Math.Max(2, wanted.Length / 3) + 1;
        int bestDistance = limit;
        foreach (string candidate in candidates)
        {
            if (Math.Abs(candidate.Length - wanted.Length) >= bestDistance)
                continue;
            int distance = Distance(wanted, candidate);
            if (distance < bestDistance)
                (best, bestDistance) = (candidate, distance);
        }

        return best is null ? "" : $", did you mean '{CheckpointFormatException.Shorten(best)}'?";
    }

    /// <summary>Levenshtein distance without regard to case.</summary>
    private static int Distance(string a, string b)
    {
        int[] previous = new int[b.Length + 1], current = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            previous[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitution = previous[j - 1] + (char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1);
                current[j] = Math.Min(substitution, Math.Min(previous[j], current[j - 1]) + 1);
            }

            (previous, current) = (current, previous);
        }

        return previous[b.Length];
    }
}
