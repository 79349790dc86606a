using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Models;

/// <summary>The tokens of one piece, kept for when it comes again. Immutable.</summary>
internal sealed class BpeWord
{
    private readonly int[] ids;
    private readonly int[] starts;
    private readonly int[] ends;

    public BpeWord(SymbolList symbols)
    {
        ids = symbols.Ids.AsSpan(0, symbols.Count).ToArray();
        starts = symbols.Starts.AsSpan(0, symbols.Count).ToArray();
        ends = symbols.Ends.AsSpan(0, symbols.Count).ToArray();
    }

    /// <summary>Appends the tokens as those of a piece with the same text.</summary>
    public void AppendTo(TokenBuffer output, in Piece piece)
    {
        if (!output.WithOffsets)
        {
            output.Add(ids);
            return;
        }
        for (int i = 0; i < ids.Length; i++)
            output.Add(ids[i], piece, starts[i], ends[i]);
    }
}
