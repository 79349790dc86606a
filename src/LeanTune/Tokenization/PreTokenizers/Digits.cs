using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.PreTokenizers;

/// <summary>Sets numbers apart: each digit alone, or each run of digits.</summary>
internal sealed class Digits(bool individual) : PreTokenizer
{
    protected override void SplitSpelled(in Piece piece, IPieceSink next)
    {
        int done = 0;
        for (int i = 0; i < piece.Length; i++)
        {
            if (!CodePoints.IsNumeric(piece.CodePointAt(i)))
                continue;
            if (i > done)
                next.Accept(piece.Slice(done, i));
            int end = i + 1;
            while (!individual && end < piece.Length && CodePoints.IsNumeric(piece.CodePointAt(end)))
                end++;
            next.Accept(piece.Slice(i, end));
            done = end;
            i = end - 1;
        }
        if (done < piece.Length)
            next.Accept(piece.Slice(done, piece.Length));
    }
}
