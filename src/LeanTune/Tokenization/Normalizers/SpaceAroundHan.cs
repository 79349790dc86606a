using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Normalizers;

/// <summary>Puts a space on both sides of every Chinese character, as BERT does.</summary>
internal sealed class SpaceAroundHan : Normalizer
{
    public override AlignedText Normalize(AlignedText text)
    {
        Edits edits = new(text);
        for (int i = 0; i < text.Length; i++)
        {
            int codePoint = text.CodePointAt(i);
            if (!IsChinese(codePoint))
            {
                edits.Replace(codePoint);
                continue;
            }
            edits.Replace(' ');
            edits.Insert(codePoint);
            edits.Insert(' ');
        }
        return edits.Build();
    }

    private static bool IsChinese(int codePoint) =>
        codePoint is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
            or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
