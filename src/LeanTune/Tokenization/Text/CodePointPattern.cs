namespace LeanTune.Tokenization.Text;

/// <summary>Matches every single code point of a class.</summary>
internal sealed class CodePointPattern(Func<int, bool> contains) : TextPattern
{
    public override void FindMatches(in Piece piece, List<Match> matches)
    {
        for (int i = 0; i < piece.Length; i++)
            if (contains(piece.CodePointAt(i)))
                matches.Add(new Match(i, i + 1));
    }
}
