using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Normalizers;

/// <summary>Writes a string in place of every match of a pattern; it takes the origin of the match's last code point.</summary>
internal sealed class Replace(TextPattern pattern, string content) : Normalizer
{
    public override AlignedText Normalize(AlignedText text) => In(text.AsPiece(), pattern, content) is { } replaced ? replaced : text;

    /// <summary>The piece with every match replaced, or null when there is none.</summary>
    public static AlignedText? In(in Piece piece, TextPattern pattern, string content)
    {
        List<Match> matches = [];
        pattern.FindMatches(piece, matches);
        if (matches.Count == 0)
            return null;

        AlignedTextBuilder builder = new(piece.Length + matches.Count * content.Length);
        int done = 0;
        foreach (Match match in matches)
        {
            builder.Add(piece, done, match.Start);
            (int first, _) = piece.OriginAt(0);
            builder.Add(content, match.End == 0 ? (first, first) : piece.OriginAt(match.End - 1));
            done = match.End;
        }
        builder.Add(piece, done, piece.Length);
        return builder.Build();
    }
}
