using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.PreTokenizers;

/// <summary>Cuts the text into pieces of so many code points; the last may be shorter.</summary>
internal sealed class FixedLength(int length) : PreTokenizer
{
    protected override void SplitSpelled(in Piece piece, IPieceSink next)
    {
        for (int start = 0; start < piece.Length; start += Math.Min(length, piece.Length - start))
            next.Accept(piece.Slice(start, start + Math.Min(length, piece.Length - start)));
    }
}
