using System.Text;
using LeanTune.Tokenization.Files;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Models;

/// <summary>Byte-pair encoding: a piece starts as single characters or bytes, and the earliest-learned pair is merged until none is left.</summary>
internal sealed class Bpe : TokenModel
{
    private const int LongestCachedPiece = 64;
    private readonly BpeOptions _options;
    private readonly PairTable _merges;
    private readonly JsonNode _source;
    private readonly BpeCache _cache = new();
    private readonly int?[] _byteTokens;
    private readonly int[]? _byteLetters;

    /// <param name="vocabulary">The tokens.</param>
    /// <param name="merges">Rank and merged id of each pair of ids.</param>
    /// <param name="options">The model's switches.</param>
    /// <param name="source">Where the model stands in the file, for errors.</param>
    public Bpe(Vocabulary vocabulary, PairTable merges, BpeOptions options, JsonNode source)
        : base(vocabulary)
    {
        _merges = merges;
        _options = options;
        _source = source;
        _byteTokens = options.ByteFallback ? vocabulary.ByteTokens() : [];
        _byteLetters = LettersOfBytes();
    }

    protected override bool ReadsBytes => _byteLetters is not null;

    protected override void TokenizePiece(in Piece piece, TokenBuffer output)
    {
        bool cached = piece.Length <= LongestCachedPiece && !piece.HasStandIns;
        if (cached && _cache.Find(piece.Units) is BpeWord known)
        {
            known.AppendTo(output, piece);
            return;
        }
        if (_options.IgnoreMerges && WholeToken(piece) is int whole)
        {
            output.Add(whole, piece, 0, piece.Length);
            return;
        }

        SymbolList symbols = SymbolList.Rent();
        if (piece.IsByteLevel)
            ReadBytes(piece, symbols);
        else
            ReadCharacters(piece, symbols);
        BpeMerger.Merge(symbols, _merges);
        BpeWord word = new(symbols);
        symbols.Return();
        if (cached)
            _cache.Keep(piece.Units, word);
        word.AppendTo(output, piece);
    }

    private int? WholeToken(in Piece piece)
    {
        string text = piece.IsByteLevel ? piece.SpellBytes().ToString() : piece.ToString();
        return Vocabulary.IdOf(text);
    }

    private void ReadBytes(in Piece piece, SymbolList symbols)
    {
        Span<byte> bytes = stackalloc byte[4];
        for (int i = 0; i < piece.Length; i++)
        {
            int codePoint = piece.CodePointAt(i);
            if (codePoint < 0x80)
            {
                symbols.Add(_byteLetters![codePoint], i, i + 1);
                continue;
            }
            int count = new Rune(codePoint).EncodeToUtf8(bytes);
            foreach (byte value in bytes[..count])
                symbols.Add(_byteLetters![value], i, i + 1);
        }
    }

    private void ReadCharacters(in Piece piece, SymbolList symbols)
    {
        // Unknown characters wait here: neighbours may join them.
        (int Start, int End)? unknown = null;
        for (int i = 0; i < piece.Length; i++)
        {
            string symbol = char.ConvertFromUtf32(piece.CodePointAt(i));
            if (i > 0)
                symbol = _options.ContinuingSubwordPrefix + symbol;
            if (i == piece.Length - 1)
                symbol += _options.EndOfWordSuffix;

            if (Vocabulary.TryGetId(symbol, out int id))
            {
                AddUnknown(ref unknown, symbols);
                symbols.Add(id, i, i + 1);
            }
            else if (!TryAddBytes(symbol, i, symbols) && _options.UnknownToken is not null)
            {
                if (unknown is (int start, _) && _options.FuseUnknown)
                {
                    unknown = (start, i + 1);
                    continue;
                }
                AddUnknown(ref unknown, symbols);
                unknown = (i, i + 1);
            }
        }
        AddUnknown(ref unknown, symbols);
    }

    private void AddUnknown(ref (int Start, int End)? unknown, SymbolList symbols)
    {
        if (unknown is not (int start, int end))
            return;
        int id = Vocabulary.IdOf(_options.UnknownToken) ?? throw _source.Error(".unk_token", $"'{_options.UnknownToken}' is needed but not in the vocabulary");
        symbols.Add(id, start, end);
        unknown = null;
    }

    private bool TryAddBytes(string symbol, int index, SymbolList symbols)
    {
        if (!_options.ByteFallback)
            return false;
        byte[] bytes = Encoding.UTF8.GetBytes(symbol);
        if (bytes.Any(value => _byteTokens[value] is null))
            return false;
        foreach (byte value in bytes)
            symbols.Add(_byteTokens[value]!.Value, index, index + 1);
        return true;
    }

    // Ids of the 256 byte letters; null when symbols are not plain letters or one of them is missing.
    private int[]? LettersOfBytes()
    {
        if (_options.ContinuingSubwordPrefix.Length > 0 || _options.EndOfWordSuffix.Length > 0)
            return null;
        int?[] ids = [.. Enumerable.Range(0, 256).Select(value => Vocabulary.IdOf([ByteLetters.Letter((byte)value)]))];
        return ids.All(id => id is not null) ? [.. ids.Select(id => id!.Value)] : null;
    }
}
