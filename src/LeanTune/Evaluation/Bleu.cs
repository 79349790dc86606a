using System.Text.RegularExpressions;

namespace LeanTune.Evaluation;

/// <summary>BLEU of a whole set of texts (Papineni et al. 2002): the geometric mean of the precisions of runs of one to four words, times a penalty for texts that are shorter than their references.</summary>
public sealed class Bleu
{
    private const int Longest = 4;

    private readonly long[] _common = new long[Longest], _written = new long[Longest];
    private long _words, _wanted;

    /// <summary>Takes in a text and its reference. Words are separated by spaces, and signs that are neither letter nor digit are words of their own.</summary>
    public void Add(string text, string reference)
    {
        string[] written = Words(text), wanted = Words(reference);
        for (int n = 0; n < Longest; n++)
        {
            _common[n] += NGrams.Overlap(written, wanted, n + 1);
            _written[n] += Math.Max(0, written.Length - n);
        }

        _words += written.Length;
        _wanted += wanted.Length;
    }

    /// <summary>From 0 to 1; 0 where no run of four words is found. No smoothing.</summary>
    public double Score()
    {
        if (_common.Any(count => count == 0)) return 0;
        double precision = Math.Exp(_common.Zip(_written, (common, written) => Math.Log(common / (double)written)).Average());
        return precision * Math.Min(1, Math.Exp(1 - (_wanted / (double)_words)));
    }

    private static string[] Words(string text) => [.. Regex.Matches(text, @"[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]").Select(match => match.Value)];
}
