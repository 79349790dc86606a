using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.PreTokenizers;

/// <summary>Splits at the matches of a pattern; the base of most pre-tokenizers.</summary>
/// <param name="pattern">What to look for.</param>
/// <param name="behavior">What becomes of the matches.</param>
/// <param name="invert">Whether matches and what lies between them change places.</param>
internal sealed class Split(TextPattern pattern, SplitBehavior behavior, bool invert = false) : PreTokenizer
{
    protected override void SplitSpelled(in Piece piece, IPieceSink next)
    {
        if (behavior == SplitBehavior.Isolated && pattern is RegexPattern regex)
            regex.SplitIsolated(piece, next);
        else
            foreach ((int start, int end) in Parts(piece))
                if (end > start)
                    next.Accept(piece.Slice(start, end));
    }

    private IEnumerable<(int Start, int End)> Parts(in Piece piece)
    {
        List<(int Start, int End, bool IsMatch)> runs = Runs(piece);
        return behavior switch
        {
            SplitBehavior.Isolated => runs.Select(run => (run.Start, run.End)),
            SplitBehavior.Removed => runs.Where(run => !run.IsMatch).Select(run => (run.Start, run.End)),
            SplitBehavior.Contiguous => Merge(runs, (previous, isMatch) => isMatch == previous),
            SplitBehavior.MergedWithPrevious => Merge(runs, (previous, isMatch) => isMatch && !previous),
            _ => MergeBackwards(runs),
        };
    }

    private List<(int Start, int End, bool IsMatch)> Runs(in Piece piece)
    {
        List<Match> matches = [];
        pattern.FindMatches(piece, matches);
        List<(int Start, int End, bool IsMatch)> runs = new(matches.Count * 2 + 1);
        int done = 0;
        foreach (Match match in matches)
        {
            if (match.Start > done)
                runs.Add((done, match.Start, invert));
            runs.Add((match.Start, match.End, !invert));
            done = match.End;
        }
        if (done < piece.Length)
            runs.Add((done, piece.Length, invert));
        return runs;
    }

    private static List<(int Start, int End)> Merge(List<(int Start, int End, bool IsMatch)> runs, Func<bool, bool, bool> joinsPrevious)
    {
        List<(int Start, int End)> parts = new(runs.Count);
        bool previous = false;
        foreach ((int start, int end, bool isMatch) in runs)
        {
            if (parts.Count > 0 && joinsPrevious(previous, isMatch))
                parts[^1] = (parts[^1].Start, end);
            else
                parts.Add((start, end));
            previous = isMatch;
        }
        return parts;
    }

    private static List<(int Start, int End)> MergeBackwards(List<(int Start, int End, bool IsMatch)> runs)
    {
        List<(int Start, int End)> parts = new(runs.Count);
        bool following = false;
        for (int i = runs.Count - 1; i >= 0; i--)
        {
            (int start, int end, bool isMatch) = runs[i];
            if (parts.Count > 0 && isMatch && !following)
                parts[^1] = (start, parts[^1].End);
            else
                parts.Add((start, end));
            following = isMatch;
        }
        parts.Reverse();
        return parts;
    }
}
