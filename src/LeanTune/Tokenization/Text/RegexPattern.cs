using System.Text.RegularExpressions;
using LeanTune.Tokenization.Files;

namespace LeanTune.Tokenization.Text;

/// <summary>Matches a regular expression of the file, in .NET's spelling, over units.</summary>
/// <param name="regex">The expression.</param>
/// <param name="source">Where it stands in the file, for errors.</param>
internal sealed class RegexPattern(Regex regex, JsonNode source) : TextPattern
{
    public override void FindMatches(in Piece piece, List<Match> matches)
    {
        try
        {
            foreach (ValueMatch match in regex.EnumerateMatches(piece.Units))
                matches.Add(new Match(match.Index, match.Index + match.Length));
        }
        catch (RegexMatchTimeoutException)
        {
            throw TookTooLong();
        }
    }

    /// <summary>Hands on the matches and what lies between them, in order, without a list.</summary>
    public void SplitIsolated(in Piece piece, IPieceSink next)
    {
        int done = 0;
        try
        {
            foreach (ValueMatch match in regex.EnumerateMatches(piece.Units))
            {
                if (match.Index > done)
                    next.Accept(piece.Slice(done, match.Index));
                done = match.Index + match.Length;
                if (match.Length > 0)
                    next.Accept(piece.Slice(match.Index, done));
            }
        }
        catch (RegexMatchTimeoutException)
        {
            throw TookTooLong();
        }
        if (done < piece.Length)
            next.Accept(piece.Slice(done, piece.Length));
    }

    private TokenizerFormatException TookTooLong() =>
        source.Error($"the pattern runs away: one search of it took longer than {regex.MatchTimeout.TotalSeconds} s");
}
