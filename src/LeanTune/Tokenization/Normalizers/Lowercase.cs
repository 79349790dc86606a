using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Normalizers;

/// <summary>Lower-cases every code point by itself, without regard to context or language.</summary>
internal sealed class Lowercase : Normalizer
{
    private const int CapitalIWithDot = 0x130;
    private const int CombiningDotAbove = 0x307;

    public override AlignedText Normalize(AlignedText text)
    {
        Edits edits = new(text);
        for (int i = 0; i < text.Length; i++)
        {
            int codePoint = text.CodePointAt(i);
            if (codePoint == CapitalIWithDot)
            {
                // The only code point whose lower case is two.
                edits.Replace('i');
                edits.Insert(CombiningDotAbove);
            }
            else
            {
                edits.Replace(Lower(codePoint));
            }
        }
        return edits.Build();
    }

    private static int Lower(int codePoint) =>
        System.Text.Rune.IsValid(codePoint) ? System.Text.Rune.ToLowerInvariant(new System.Text.Rune(codePoint)).Value : codePoint;
}
