using System.Text;

namespace LeanTune.Tokenization.Text;

/// <summary>A range of an <see cref="AlignedText"/>: what a pre-tokenizer splits and a model turns into tokens. Indices are relative to the range.</summary>
/// <param name="Text">The text that holds the range.</param>
/// <param name="Start">First unit.</param>
/// <param name="Length">Number of units.</param>
/// <param name="IsByteLevel">True when the code points stand for the letters of their UTF-8 bytes (<see cref="ByteLetters"/>), not spelled out yet.</param>
internal readonly record struct Piece(AlignedText Text, int Start, int Length, bool IsByteLevel = false)
{
    public ReadOnlySpan<char> Units => Text.Units.Slice(Start, Length);

    public bool HasStandIns => Text.HasStandInsIn(Start, Length);

    public int CodePointAt(int index) => Text.CodePointAt(Start + index);

    /// <summary>Original range of one unit.</summary>
    public (int Start, int End) OriginAt(int index) => (Text.OriginStart(Start + index), Text.OriginEnd(Start + index));

    /// <summary>Original range of the units from <paramref name="first"/> up to <paramref name="end"/>.</summary>
    public (int Start, int End) OriginOf(int first, int end) => (Text.OriginStart(Start + first), Text.OriginEnd(Start + end - 1));

    /// <summary>The units from <paramref name="start"/> up to <paramref name="end"/>.</summary>
    public Piece Slice(int start, int end) => this with { Start = Start + start, Length = end - start };

    /// <summary>The same text with every byte spelled as its letter.</summary>
    public Piece SpellBytes()
    {
        AlignedTextBuilder builder = new(Length * 2);
        Span<byte> bytes = stackalloc byte[4];
        for (int i = 0; i < Length; i++)
        {
            int count = new Rune(CodePointAt(i)).EncodeToUtf8(bytes);
            foreach (byte value in bytes[..count])
                builder.Add(ByteLetters.Letter(value), OriginAt(i));
        }
        return builder.Build().AsPiece();
    }

    /// <summary>A text of its own that holds this range alone.</summary>
    public AlignedText ToText()
    {
        AlignedTextBuilder builder = new(Length);
        builder.Add(this, 0, Length);
        return builder.Build();
    }

    /// <summary>The code points as a UTF-16 string.</summary>
    public override string ToString()
    {
        if (!HasStandIns)
            return new string(Units);
        StringBuilder builder = new(Length * 2);
        for (int i = 0; i < Length; i++)
            builder.Append(new Rune(CodePointAt(i)));
        return builder.ToString();
    }
}
