using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Normalizers;

/// <summary>Rewrites a text code point by code point, in the terms that decide offsets: each new code point takes the place of one old one, or is inserted behind it, and may swallow those that follow.</summary>
internal sealed class Edits(AlignedText text)
{
    private readonly AlignedTextBuilder builder = new(text.Length + 8);
    private readonly Piece source = text.AsPiece();
    private int position;

    /// <summary>Writes a code point in place of the next old one; it keeps that one's origin.</summary>
    public void Replace(int codePoint)
    {
        builder.Add(codePoint, source.OriginAt(position));
        position++;
    }

    /// <summary>Writes a code point that belongs to the old one before it.</summary>
    public void Insert(int codePoint)
    {
        (int first, _) = source.OriginAt(0);
        builder.Add(codePoint, position == 0 ? (first, first) : source.OriginAt(position - 1));
    }

    /// <summary>Drops old code points.</summary>
    public void Remove(int count = 1) => position += count;

    /// <summary>Writes a code point: inserted when <paramref name="change"/> is above zero, else in place of the next old one, dropping −<paramref name="change"/> more behind it.</summary>
    public void Write(int codePoint, int change)
    {
        if (change > 0)
        {
            Insert(codePoint);
            return;
        }
        Replace(codePoint);
        Remove(-change);
    }

    public AlignedText Build() => builder.Build();
}
