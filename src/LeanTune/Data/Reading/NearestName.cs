namespace LeanTune.Data;

/// <summary>Finds the valid spelling that a misspelt name most likely meant.</summary>
internal static class NearestName
{
    /// <summary>The candidate with the fewest edits to <paramref name="name"/>, or null when even that one differs in more than a third of its letters.</summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        string? nearest = null;
        int fewest = int.MaxValue;
        foreach (string candidate in candidates)
        {
            if (Math.Abs(candidate.Length - name.Length) > Allowed(candidate))
                continue;
            int edits = Edits(name, candidate);
            if (edits <= Allowed(candidate) && edits < fewest)
                (nearest, fewest) = (candidate, edits);
        }

        return nearest;
    }

    private static int Allowed(string candidate) => Math.Max(1, candidate.Length / 3);

    /// <summary>Levenshtein distance, letter case aside.</summary>
    private static int Edits(string from, string to)
    {
        int[] row = new int[to.Length + 1];
        for (int column = 0; column <= to.Length; column++)
            row[column] = column;
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = diagonal + (char.ToUpperInvariant(from[i - 1]) == char.ToUpperInvariant(to[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j - 1], row[j]) + 1);
            }
        }

        return row[to.Length];
    }
}
