using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Normalizers;

/// <summary>Spells every byte of the text's UTF-8 as its letter.</summary>
internal sealed class SpellBytes : Normalizer
{
    public override AlignedText Normalize(AlignedText text) => text.AsPiece().SpellBytes().Text;
}
