using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.PreTokenizers;

/// <summary>Keeps runs of word characters and runs of other characters; blanks are dropped. In tokenizer.json: Whitespace.</summary>
internal sealed class WordsAndSymbols : PreTokenizer
{
    protected override void SplitSpelled(in Piece piece, IPieceSink next)
    {
        for (int start = 0; start < piece.Length;)
        {
            Kind kind = KindOf(piece.CodePointAt(start));
            int end = start + 1;
            while (end < piece.Length && KindOf(piece.CodePointAt(end)) == kind)
                end++;
            if (kind != Kind.Blank)
                next.Accept(piece.Slice(start, end));
            start = end;
        }
    }

    private static Kind KindOf(int codePoint) =>
        CodePoints.IsWord(codePoint) ? Kind.Word : CodePoints.IsWhiteSpace(codePoint) ? Kind.Blank : Kind.Symbol;

    private enum Kind
    {
        Word,
        Symbol,
        Blank,
    }
}
