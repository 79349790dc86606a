using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Normalizers;

/// <summary>Normalizers one after the other.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<Normalizer> normalizers) : Normalizer
{
    public override AlignedText Normalize(AlignedText text)
    {
        foreach (Normalizer normalizer in normalizers)
            if (text.Length > 0)
                text = normalizer.Normalize(text);
        return text;
    }
}
