using System.Text;
using LeanTune.Tokenization.Files;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Models;

/// <summary>Byte-pair encoding: a piece starts as single characters or bytes, and the earliest-learned pair is merged until none is left.</summary>
internal sealed class Bpe : TokenModel
{
    private const int LongestCachedPiece = 64;
    private readonly BpeOptions options;
    private readonly PairTable merges;
    private readonly JsonNode source;
    private readonly BpeCache cache = new();
    private readonly int?[] byteTokens;
    private readonly int[]? byteLetters;

    /// <param name="vocabulary">The tokens.</param>
    /// <param name="merges">Rank and merged id of each pair of ids.</param>
    /// <param name="options">The model's switches.</param>
    /// <param name="source">Where the model stands in the file, for errors.</param>
    public Bpe(Vocabulary vocabulary, PairTable merges, BpeOptions options, JsonNode source)
        : base(vocabulary)
    {
        this.merges = merges;
        this.options = options;
        this.source = source;
        byteTokens = options.ByteFallback ? vocabulary.ByteTokens() : [];
        byteLetters = LettersOfBytes();
    }

    protected override bool ReadsBytes => byteLetters is not null;

    protected override void TokenizePiece(in Piece piece, TokenBuffer output)
    {
        bool cached = piece.Length <= LongestCachedPiece && !piece.HasStandIns;
        if (cached && cache.Find(piece.Units) is BpeWord known)
        {
            known.AppendTo(output, piece);
            return;
        }
        if (options.IgnoreMerges && WholeToken(piece) is int whole)
        {
            output.Add(whole, piece, 0, piece.Length);
            return;
        }

        SymbolList symbols = SymbolList.Rent();
        if (piece.IsByteLevel)
            ReadBytes(piece, symbols);
        else
            ReadCharacters(piece, symbols);
        BpeMerger.Merge(symbols, merges);
        BpeWord word = new(symbols);
        symbols.Return();
        if (cached)
            cache.Keep(piece.Units, word);
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
                symbols.Add(byteLetters![codePoint], i, i + 1);
                continue;
            }
            int count = new Rune(codePoint).EncodeToUtf8(bytes);
            foreach (byte value in bytes[..count])
                symbols.Add(byteLetters![value], i, i + 1);
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
                symbol = options.ContinuingSubwordPrefix + symbol;
            if (i == piece.Length - 1)
                symbol += options.EndOfWordSuffix;

            if (Vocabulary.TryGetId(symbol, out int id))
            {
                AddUnknown(ref unknown, symbols);
                symbols.Add(id, i, i + 1);
            }
            else if (!TryAddBytes(symbol, i, symbols) && options.UnknownToken is not null)
            {
                if (unknown is (int start, _) && options.FuseUnknown)
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
        int id = Vocabulary.IdOf(options.UnknownToken) ?? throw source.Error(".unk_token", $"'{options.UnknownToken}' is needed but not in the vocabulary");
        symbols.Add(id, start, end);
        unknown = null;
    }

    private bool TryAddBytes(string symbol, int index, SymbolList symbols)
    {
        if (!options.ByteFallback)
            return false;
        byte[] bytes = Encoding.UTF8.GetBytes(symbol);
        if (bytes.Any(value => byteTokens[value] is null))
            return false;
        foreach (byte value in bytes)
            symbols.Add(byteTokens[value]!.Value, index, index + 1);
        return true;
    }

    // Ids of the 256 byte letters; null when symbols are not plain letters or one of them is missing.
    private int[]? LettersOfBytes()
    {
        if (options.ContinuingSubwordPrefix.Length > 0 || options.EndOfWordSuffix.Length > 0)
            return null;
        int?[] ids = [.. Enumerable.Range(0, 256).Select(value => Vocabulary.IdOf([ByteLetters.Letter((byte)value)]))];
        return ids.All(id => id is not null) ? [.. ids.Select(id => id!.Value)] : null;
    }
}
