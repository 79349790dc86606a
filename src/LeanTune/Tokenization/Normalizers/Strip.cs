using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Normalizers;

/// <summary>Drops blanks at the ends of the text.</summary>
internal sealed class Strip(bool left, bool right) : Normalizer
{
    public override AlignedText Normalize(AlignedText text)
    {
        int start = 0;
        int end = text.Length;
        while (left && start < end && CodePoints.IsWhiteSpace(text.CodePointAt(start)))
            start++;
        while (right && end > start && CodePoints.IsWhiteSpace(text.CodePointAt(end - 1)))
            end--;
        return start == 0 && end == text.Length ? text : text.AsPiece().Slice(start, end).ToText();
    }
}
