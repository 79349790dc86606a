using LeanTune.Linalg;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>
/// Chooses the rows of a difference that are kept exactly: the few whose energy would drown all others (first tokens of a sequence,
/// mostly), and those that are not finite.
/// </summary>
internal static class OutlierRows
{
    /// <summary>At most one finite row in so many.</summary>
    private const int Share = 20;

    /// <summary>Chooses rows.</summary>
    /// <param name="energies">(N) sums of squares by row of the whole matrix.</param>
    /// <param name="rows">The rows that take part.</param>
    /// <param name="factor">How many times the median energy a row must pass.</param>
    /// <returns>Indices in the whole matrix, ascending.</returns>
    public static int[] Choose(ReadOnlySpan<float> energies, RowRuns rows, double factor)
    {
        List<int> chosen = [];
        List<(float Energy, int Row)> finite = new((int)rows.Count);
        foreach (RowRuns.Run run in rows.Runs)
            for (int row = (int)run.Start; row < run.Start + run.Length; row++)
                if (float.IsFinite(energies[row])) finite.Add((energies[row], row));
                else chosen.Add(row);
        if (finite.Count == 0) return [.. chosen];
        float[] sorted = [.. finite.Select(entry => entry.Energy)];
        Array.Sort(sorted);
        double threshold = factor * sorted[(sorted.Length - 1) / 2];
        chosen.AddRange(finite.Where(entry => entry.Energy > threshold).OrderByDescending(entry => entry.Energy).ThenBy(entry => entry.Row)
            .Take((int)(rows.Count / Share)).Select(entry => entry.Row));
        chosen.Sort();
        return [.. chosen];
    }
}
