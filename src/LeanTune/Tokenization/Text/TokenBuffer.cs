namespace LeanTune.Tokenization.Text;

/// <summary>Collects ids and, when asked for, their original ranges.</summary>
internal sealed class TokenBuffer(bool withOffsets)
{
    private int[] _ids = new int[64];
    private (int Start, int End)[] _offsets = withOffsets ? new (int, int)[64] : [];
    private readonly Dictionary<int, Blanks> _blanks = [];

    public bool WithOffsets => withOffsets;

    public int Count { get; private set; }

    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    public ReadOnlySpan<(int Start, int End)> Offsets => _offsets.AsSpan(0, withOffsets ? Count : 0);

    /// <summary>Blanks at both ends of added tokens that took them from the text, by index of the token.</summary>
    public IReadOnlyDictionary<int, Blanks> AddedTokenBlanks => _blanks;

    /// <summary>Adds a token made from the units <paramref name="first"/> to <paramref name="end"/> of a piece.</summary>
    public void Add(int id, in Piece piece, int first, int end)
    {
        Reserve(1);
        if (withOffsets)
            _offsets[Count] = piece.OriginOf(first, end);
        _ids[Count++] = id;
    }

    /// <summary>Adds ids alone; only for a buffer without offsets.</summary>
    public void Add(ReadOnlySpan<int> more)
    {
        Reserve(more.Length);
        more.CopyTo(_ids.AsSpan(Count));
        Count += more.Length;
    }

    /// <summary>Adds an added token found in the text as <paramref name="match"/>, stripped blanks included.</summary>
    public void AddAddedToken(int id, in Piece match)
    {
        if (withOffsets)
        {
            int leading = 0, trailing = 0;
            while (leading < match.Length && CodePoints.IsWhiteSpace(match.CodePointAt(leading)))
                leading++;
            while (trailing < match.Length && CodePoints.IsWhiteSpace(match.CodePointAt(match.Length - 1 - trailing)))
                trailing++;
            _blanks[Count] = new Blanks(leading, trailing);
        }
        Add(id, match, 0, match.Length);
    }

    private void Reserve(int more)
    {
        if (Count + more <= _ids.Length)
            return;
        int capacity = Math.Max(_ids.Length * 2, Count + more);
        Array.Resize(ref _ids, capacity);
        if (withOffsets)
            Array.Resize(ref _offsets, capacity);
    }
}
