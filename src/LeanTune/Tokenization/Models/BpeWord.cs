using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Models;

/// <summary>The tokens of one piece, kept for when it comes again. Immutable.</summary>
internal sealed class BpeWord
{
    private readonly int[] _ids;
    private readonly int[] _starts;
    private readonly int[] _ends;

    public BpeWord(SymbolList symbols)
    {
        _ids = symbols.Ids.AsSpan(0, symbols.Count).ToArray();
        _starts = symbols.Starts.AsSpan(0, symbols.Count).ToArray();
        _ends = symbols.Ends.AsSpan(0, symbols.Count).ToArray();
    }

    /// <summary>Appends the tokens as those of a piece with the same text.</summary>
    public void AppendTo(TokenBuffer output, in Piece piece)
    {
        if (!output.WithOffsets)
        {
            output.Add(_ids);
            return;
        }
        for (int i = 0; i < _ids.Length; i++)
            output.Add(_ids[i], piece, _starts[i], _ends[i]);
    }
}
