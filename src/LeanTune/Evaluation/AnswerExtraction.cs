using System.Text.RegularExpressions;

namespace LeanTune.Evaluation;

/// <summary>Finds the answer within a longer text, so that two ways to reach it can be compared: <c>#### (.+)</c> for GSM8K.</summary>
public sealed class AnswerExtraction
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    private readonly Regex? _pattern;

    /// <param name="pattern">A regular expression whose first group, or whole match where it has none, is the answer; the last match counts. Null takes the text as it is.</param>
    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    public AnswerExtraction(string? pattern) => _pattern = pattern is null ? null : new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Multiline, s_limit);

    /// <summary>The answer; null where the text holds none, or where the search takes longer than a second.</summary>
    public string? Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (_pattern is null) return text;
        try
        {
            Match? last = _pattern.Matches(text).LastOrDefault();
            return last is null ? null : last.Groups.Count > 1 ? last.Groups[1].Value : last.Value;
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }

    /// <summary>Whether two answers are the same: but for space around and within, and the commas within numbers.</summary>
    public static bool Same(string? one, string? other) => one is not null && other is not null && Plain(one) == Plain(other);

    private static string Plain(string answer) => Regex.Replace(Regex.Replace(answer.Trim(), @"(?<=\d),(?=\d{3})", "", RegexOptions.None, s_limit), @"\s+", " ", RegexOptions.None, s_limit);
}
