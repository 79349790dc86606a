namespace LeanTune.Tokenization.Text;

/// <summary>Collects the code points of a derived text together with the original range of each.</summary>
internal sealed class AlignedTextBuilder(int capacity)
{
    private char[] units = new char[Math.Max(capacity, 4)];
    private int[] codePoints = new int[Math.Max(capacity, 4)];
    private (int Start, int End)[] origins = new (int, int)[Math.Max(capacity, 4)];
    private bool hasStandIns;

    public int Length { get; private set; }

    public void Add(int codePoint, (int Start, int End) origin)
    {
        if (Length == units.Length)
        {
            Array.Resize(ref units, Length * 2);
            Array.Resize(ref codePoints, Length * 2);
            Array.Resize(ref origins, Length * 2);
        }
        if (codePoint > char.MaxValue)
            hasStandIns = true;
        units[Length] = codePoint > char.MaxValue ? StandIns.UnitOf(codePoint) : (char)codePoint;
        codePoints[Length] = codePoint;
        origins[Length++] = origin;
    }

    /// <summary>Copies a range of another text.</summary>
    public void Add(in Piece source, int start, int end)
    {
        for (int i = start; i < end; i++)
            Add(source.CodePointAt(i), source.OriginAt(i));
    }

    /// <summary>Adds every code point of a string with one and the same original range.</summary>
    public void Add(string text, (int Start, int End) origin)
    {
        foreach (System.Text.Rune rune in text.EnumerateRunes())
            Add(rune.Value, origin);
    }

    /// <summary>The collected text; the builder must not be used afterwards.</summary>
    public AlignedText Build() => AlignedText.Derived(units.AsMemory(0, Length), hasStandIns ? codePoints : null, origins);
}
