namespace LeanTune.Tokenization.Text;

/// <summary>A text on its way through the stages, one unit a code point, that knows for every unit which code points of the original it comes from.</summary>
/// <remarks>
/// Regular expressions and searches read <see cref="Units"/>, where a code point beyond the BMP is replaced by a stand-in of its category (<see cref="StandIns"/>),
/// so that an index is always an index of a code point. Immutable.
/// </remarks>
internal sealed class AlignedText
{
    private readonly ReadOnlyMemory<char> _units;
    private readonly int[]? _codePoints;
    private readonly (int Start, int End)[]? _origins;

    private AlignedText(ReadOnlyMemory<char> units, int[]? codePoints, (int Start, int End)[]? origins)
    {
        _units = units;
        _codePoints = codePoints;
        _origins = origins;
    }

    /// <summary>Number of code points.</summary>
    public int Length => _units.Length;

    /// <summary>The text with stand-ins for code points beyond the BMP.</summary>
    public ReadOnlySpan<char> Units => _units.Span;

    /// <summary>Whether some unit may be a stand-in.</summary>
    public bool HasStandIns => _codePoints is not null;

    /// <summary>An original text; surrogates without partner become U+FFFD, as in any UTF-8 encoder.</summary>
    public static AlignedText From(string text)
    {
        int first = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        if (first < 0)
            return new AlignedText(text.AsMemory(), null, null);

        char[] units = new char[text.Length];
        int[] codePoints = new int[text.Length];
        int count = 0;
        foreach (System.Text.Rune rune in text.EnumerateRunes())
        {
            codePoints[count] = rune.Value;
            units[count++] = StandIns.UnitOf(rune.Value);
        }
        return new AlignedText(units.AsMemory(0, count), codePoints, null);
    }

    /// <summary>A derived text; the arrays are kept, not copied.</summary>
    /// <param name="units">One unit a code point.</param>
    /// <param name="codePoints">The code points, or null when every unit is its own code point.</param>
    /// <param name="origins">Original range of each code point.</param>
    public static AlignedText Derived(ReadOnlyMemory<char> units, int[]? codePoints, (int Start, int End)[] origins) => new(units, codePoints, origins);

    public int CodePointAt(int index) => _codePoints is null ? _units.Span[index] : _codePoints[index];

    /// <summary>First original code point of a unit.</summary>
    public int OriginStart(int index) => _origins is null ? index : _origins[index].Start;

    /// <summary>End (exclusive) of the original range of a unit.</summary>
    public int OriginEnd(int index) => _origins is null ? index + 1 : _origins[index].End;

    /// <summary>Whether any code point of a range lies beyond the BMP.</summary>
    public bool HasStandInsIn(int start, int length)
    {
        if (_codePoints is not null)
            for (int i = start; i < start + length; i++)
                if (_codePoints[i] > char.MaxValue)
                    return true;
        return false;
    }

    /// <summary>The whole text as one piece.</summary>
    public Piece AsPiece() => new(this, 0, Length);
}
