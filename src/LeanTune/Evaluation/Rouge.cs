using System.Text;

namespace LeanTune.Evaluation;

/// <summary>ROUGE (Lin 2004): how much of a reference text is found in another, as F1 over words, pairs of words, and the longest common subsequence.</summary>
/// <param name="Rouge1">Of words.</param>
/// <param name="Rouge2">Of pairs of neighbouring words.</param>
/// <param name="RougeL">Of the longest common subsequence of words.</param>
/// <remarks>Words are runs of letters and digits, in lower case, without stemming.</remarks>
public sealed record Rouge(double Rouge1, double Rouge2, double RougeL)
{
    /// <summary>Compares two texts.</summary>
    public static Rouge Of(string text, string reference)
    {
        string[] written = Words(text), wanted = Words(reference);
        return new Rouge(
            F1(NGrams.Overlap(written, wanted, 1), written.Length, wanted.Length),
            F1(NGrams.Overlap(written, wanted, 2), written.Length - 1, wanted.Length - 1),
            F1(LongestCommon(written, wanted), written.Length, wanted.Length));
    }

    /// <summary>The words of a text.</summary>
    internal static string[] Words(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder plain = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes()) plain.Append(Rune.IsLetterOrDigit(rune) ? Rune.ToLowerInvariant(rune).ToString() : " ");
        return plain.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private static double F1(int common, int written, int wanted) => common == 0 ? 0 : 2.0 * common / (written + wanted);

    /// <summary>Length of the longest common subsequence, by one row of the table at a time.</summary>
    private static int LongestCommon(string[] one, string[] other)
    {
        int[] row = new int[other.Length + 1];
        foreach (string word in one)
        {
            int diagonal = 0;
            for (int j = 1; j <= other.Length; j++)
            {
                int above = row[j];
                row[j] = word == other[j - 1] ? diagonal + 1 : Math.Max(above, row[j - 1]);
                diagonal = above;
            }
        }

        return row[^1];
    }
}
