namespace LeanTune.Tokenization.Text;

/// <summary>Matches a string exactly; the empty string matches nowhere.</summary>
internal sealed class StringPattern(string content) : TextPattern
{
    private readonly AlignedText _sought = AlignedText.From(content);

    public override void FindMatches(in Piece piece, List<Match> matches)
    {
        if (_sought.Length == 0)
            return;
        ReadOnlySpan<char> units = piece.Units;
        for (int start = 0; start <= units.Length - _sought.Length;)
        {
            int found = units[start..].IndexOf(_sought.Units, StringComparison.Ordinal);
            if (found < 0)
                return;
            start += found;
            if (IsReal(piece, start))
            {
                matches.Add(new Match(start, start + _sought.Length));
                start += _sought.Length;
            }
            else
            {
                start++;
            }
        }
    }

    // Stand-ins can agree where the code points differ.
    private bool IsReal(in Piece piece, int start)
    {
        if (!_sought.HasStandIns && !piece.Text.HasStandIns)
            return true;
        for (int i = 0; i < _sought.Length; i++)
            if (piece.CodePointAt(start + i) != _sought.CodePointAt(i))
                return false;
        return true;
    }
}
