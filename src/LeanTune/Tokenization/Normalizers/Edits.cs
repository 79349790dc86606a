using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Normalizers;

/// <summary>Rewrites a text code point by code point, in the terms that decide offsets: each new code point takes the place of one old one, or is inserted behind it, and may swallow those that follow.</summary>
internal sealed class Edits(AlignedText text)
{
    private readonly AlignedTextBuilder _builder = new(text.Length + 8);
    private readonly Piece _source = text.AsPiece();
    private int _position;

    /// <summary>Writes a code point in place of the next old one; it keeps that one's origin.</summary>
    public void Replace(int codePoint)
    {
        _builder.Add(codePoint, _source.OriginAt(_position));
        _position++;
    }

    /// <summary>Writes a code point that belongs to the old one before it.</summary>
    public void Insert(int codePoint)
    {
        (int first, _) = _source.OriginAt(0);
        _builder.Add(codePoint, _position == 0 ? (first, first) : _source.OriginAt(_position - 1));
    }

    /// <summary>Drops old code points.</summary>
    public void Remove(int count = 1) => _position += count;

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

    public AlignedText Build() => _builder.Build();
}
