namespace LeanTune.Tokenization.Text;

/// <summary>Collects the code points of a derived text together with the original range of each.</summary>
internal sealed class AlignedTextBuilder(int capacity)
{
    private char[] _units = new char[Math.Max(capacity, 4)];
    private int[] _codePoints = new int[Math.Max(capacity, 4)];
    private (int Start, int End)[] _origins = new (int, int)[Math.Max(capacity, 4)];
    private bool _hasStandIns;

    public int Length { get; private set; }

    public void Add(int codePoint, (int Start, int End) origin)
    {
        if (Length == _units.Length)
        {
            Array.Resize(ref _units, Length * 2);
            Array.Resize(ref _codePoints, Length * 2);
            Array.Resize(ref _origins, Length * 2);
        }
        if (codePoint > char.MaxValue)
            _hasStandIns = true;
        _units[Length] = codePoint > char.MaxValue ? StandIns.UnitOf(codePoint) : (char)codePoint;
        _codePoints[Length] = codePoint;
        _origins[Length++] = origin;
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
    public AlignedText Build() => AlignedText.Derived(_units.AsMemory(0, Length), _hasStandIns ? _codePoints : null, _origins);
}
