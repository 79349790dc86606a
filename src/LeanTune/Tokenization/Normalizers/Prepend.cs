using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Normalizers;

/// <summary>Puts a string before the text; it shares the origin of the text's first code point.</summary>
internal sealed class Prepend(string prefix) : Normalizer
{
    public override AlignedText Normalize(AlignedText text) => text.Length == 0 ? text : Before(text.AsPiece(), prefix).Text;

    /// <summary>The piece, which must not be empty, with a string before it.</summary>
    public static Piece Before(in Piece piece, string prefix)
    {
        AlignedTextBuilder builder = new(piece.Length + prefix.Length);
        builder.Add(prefix, piece.OriginAt(0));
        builder.Add(piece, 0, piece.Length);
        return builder.Build().AsPiece();
    }
}
