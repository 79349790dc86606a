using System.Buffers;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.AddedTokens;

/// <summary>Cuts a text at its added tokens: leftmost match, and of those the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private const int Root = 0;
    private const int NoToken = 0;
    private readonly PairTable _edges = new(64);
    private readonly AddedToken?[] _tokensByNumber;
    private readonly SearchValues<char> _firstUnits;

    /// <param name="tokens">The tokens, each with the text that it is looked for as.</param>
    public AddedTokenMatcher(IEnumerable<(AddedToken Token, AlignedText Content)> tokens)
    {
        // An edge leads to (node, number of the token that ends there).
        List<AddedToken?> numbered = [null];
        HashSet<char> first = [];
        int nodes = 1;
        foreach ((AddedToken token, AlignedText content) in tokens)
        {
            if (content.Length == 0)
                continue;
            first.Add(content.Units[0]);
            numbered.Add(token);
            int node = Root;
            for (int i = 0; i < content.Length; i++)
            {
                bool last = i == content.Length - 1;
                if (!_edges.TryGet(node, content.CodePointAt(i), out int child, out int number))
                    child = nodes++;
                _edges.Set(node, content.CodePointAt(i), child, last ? numbered.Count - 1 : number);
                node = child;
            }
        }
        _tokensByNumber = [.. numbered];
        _firstUnits = SearchValues.Create([.. first]);
    }

    public bool IsEmpty => _tokensByNumber.Length == 1;

    /// <summary>Hands the text on in order: for each part the piece, and the token it is or null.</summary>
    public void Cut(AlignedText text, Action<Piece, AddedToken?> part)
    {
        Piece whole = text.AsPiece();
        int done = 0;
        int position = 0;
        while (FindNext(text, position) is (int start, int end, AddedToken token))
        {
            position = end;
            if (token.IsSingleWord && (IsWordAt(text, start - 1) || IsWordAt(text, end)))
                continue;
            if (token.StripsLeft)
                while (start > done && CodePoints.IsWhiteSpace(text.CodePointAt(start - 1)))
                    start--;
            if (token.StripsRight)
                while (end < text.Length && CodePoints.IsWhiteSpace(text.CodePointAt(end)))
                    end++;
            if (done < start)
                part(whole.Slice(done, start), null);
            part(whole.Slice(start, end), token);
            done = end;
        }
        if (done < text.Length)
            part(whole.Slice(done, text.Length), null);
    }

    private static bool IsWordAt(AlignedText text, int index) => index >= 0 && index < text.Length && CodePoints.IsWord(text.CodePointAt(index));

    private (int Start, int End, AddedToken Token)? FindNext(AlignedText text, int from)
    {
        ReadOnlySpan<char> units = text.Units;
        for (int start = from; start < units.Length; start++)
        {
            int skipped = units[start..].IndexOfAny(_firstUnits);
            if (skipped < 0)
                return null;
            start += skipped;

            int node = Root;
            AddedToken? longest = null;
            int longestEnd = start;
            for (int i = start; i < units.Length && _edges.TryGet(node, text.CodePointAt(i), out int child, out int number); i++)
            {
                node = child;
                if (number != NoToken)
                    (longest, longestEnd) = (_tokensByNumber[number], i + 1);
            }
            if (longest is not null)
                return (start, longestEnd, longest);
        }
        return null;
    }
}
