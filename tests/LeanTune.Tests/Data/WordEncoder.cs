using System.Text.RegularExpressions;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

/// <summary>A small encoder with the habits of byte-level BPE: words take the space before them, runs of white space look one character ahead, long words are cut in pieces of three letters.</summary>
internal sealed partial class WordEncoder(int? begin = null, int? end = null) : ITextEncoder
{
    private const int FirstPiece = 10;
    private readonly Dictionary<string, int> _ids = [];
    private readonly List<string> _pieces = [];

    public int? BeginToken { get; } = begin;

    public int? EndToken { get; } = end;

    public EncodedText Encode(string text)
    {
        var ids = new List<int>();
        var offsets = new List<(int, int)>();
        foreach (Match word in Words().Matches(text))
            for (int at = 0; at < word.Length; at += 3)
            {
                string piece = word.Value.Substring(at, Math.Min(3, word.Length - at));
                if (!_ids.TryGetValue(piece, out int id))
                {
                    _ids[piece] = id = FirstPiece + _pieces.Count;
                    _pieces.Add(piece);
                }

                ids.Add(id);
                offsets.Add((word.Index + at, word.Index + at + piece.Length));
            }

        return new EncodedText([.. ids], [.. offsets]);
    }

    /// <summary>The text of a token; begin and end have none.</summary>
    public string Piece(int id) => id < FirstPiece ? "" : _pieces[id - FirstPiece];

    public string Decode(IEnumerable<int> ids) => string.Concat(ids.Select(Piece));

    [GeneratedRegex(@" ?[\p{L}\p{N}]+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
