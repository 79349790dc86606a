namespace LeanTune.Cli;

/// <summary>Finds what a misspelt name was probably meant to be.</summary>
internal static class NearestSpelling
{
    /// <summary>The candidate with the fewest edits (insert, delete, replace, swap of neighbours), or null when none is close.</summary>
    public static string? Of(string written, IEnumerable<string> candidates)
    {
        if (written.Length > 64)
            return null;
        string? best = null;
        int bestEdits = written.Length < 5 ? 2 : Math.Max(2, written.Length / 3) + 1;
        foreach (string candidate in candidates)
        {
            int edits = Edits(written.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (edits < bestEdits && edits < candidate.Length)
                (best, bestEdits) = (candidate, edits);
        }
        return best;
    }

    /// <summary>The end of a message: <c>; did you mean 'x'?</c>, or nothing.</summary>
    public static string Hint(string written, IEnumerable<string> candidates) =>
        Of(written, candidates) is { } nearest ? $"; did you mean '{nearest}'?" : "";

    private static int Edits(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            cost[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            cost[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replace, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }
        return cost[a.Length, b.Length];
    }
}
