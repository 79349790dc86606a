using LeanTune.Tokenization.Normalizers;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.PreTokenizers;

/// <summary>SentencePiece's pre-tokenizer: spaces become a visible character, which begins every word.</summary>
/// <param name="replacement">What is written for a space.</param>
/// <param name="scheme">When the text gets one before it.</param>
/// <param name="split">Whether to split at it.</param>
internal sealed class Metaspace(int replacement, PrependScheme scheme, bool split) : PreTokenizer
{
    private static readonly StringPattern Space = new(" ");
    private readonly string _content = char.ConvertFromUtf32(replacement);
    private readonly Split _words = new(new CodePointPattern(codePoint => codePoint == replacement), SplitBehavior.MergedWithNext);

    protected override void SplitSpelled(in Piece piece, IPieceSink next)
    {
        Piece marked = Replace.In(piece, Space, _content)?.AsPiece() ?? piece;
        bool wanted = scheme == PrependScheme.Always || (scheme == PrependScheme.First && piece.OriginAt(0).Start == 0);
        if (wanted && marked.CodePointAt(0) != replacement)
            marked = Prepend.Before(marked, _content);
        if (split)
            _words.Split(marked, next);
        else
            next.Accept(marked);
    }
}
