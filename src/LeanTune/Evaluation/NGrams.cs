namespace LeanTune.Evaluation;

/// <summary>Runs of neighbouring words.</summary>
internal static class NGrams
{
    /// <summary>How many runs two texts have in common, each as often as it stands in both.</summary>
    public static int Overlap(string[] one, string[] other, int length)
    {
        Dictionary<string, int> wanted = Count(other, length);
        return Count(one, length).Sum(run => Math.Min(run.Value, wanted.GetValueOrDefault(run.Key)));
    }

    private static Dictionary<string, int> Count(string[] words, int length)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        for (int first = 0; first + length <= words.Length; first++)
        {
            string run = string.Join('\u001f', words, first, length); // no word holds it
            counts[run] = counts.GetValueOrDefault(run) + 1;
        }

        return counts;
    }
}
