using LeanTune.Tokenization.Normalizers;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.AddedTokens;

/// <summary>All added tokens of a tokenizer: cuts them out of a text, some before and some after normalization.</summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<int, AddedToken> _byId;
    private readonly Dictionary<string, int> _byContent;
    private readonly AddedTokenMatcher _rawMatcher;
    private readonly AddedTokenMatcher _normalizedMatcher;
    private readonly Normalizer? _normalizer;

    public AddedVocabulary(IReadOnlyCollection<AddedToken> tokens, Normalizer? normalizer)
    {
        _normalizer = normalizer;
        _byId = tokens.ToDictionary(token => token.Id);
        _byContent = tokens.ToDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal);
        _rawMatcher = new(tokens.Where(token => !token.IsNormalized).Select(token => (token, AlignedText.From(token.Content))));
        _normalizedMatcher = new(tokens.Where(token => token.IsNormalized).Select(token => (token, Normalize(AlignedText.From(token.Content)))));
    }

    /// <summary>Every added token.</summary>
    public IReadOnlyCollection<AddedToken> Tokens => _byId.Values;

    public AddedToken? Find(int id) => _byId.GetValueOrDefault(id);

    public int? IdOf(string content) => _byContent.TryGetValue(content, out int id) ? id : null;

    /// <summary>Cuts a text at its added tokens and normalizes what lies between.</summary>
    /// <param name="text">The original text.</param>
    /// <param name="output">Receives the ids of the added tokens.</param>
    /// <param name="between">Receives every normalized piece between them; ids and pieces come in the order of the text.</param>
    public void Cut(AlignedText text, TokenBuffer output, IPieceSink between)
    {
        if (text.Length == 0)
            return;
        if (_rawMatcher.IsEmpty)
        {
            CutNormalized(text.AsPiece(), output, between);
            return;
        }
        _rawMatcher.Cut(text, (piece, token) =>
        {
            if (token is not null)
                output.AddAddedToken(token.Id, piece);
            else
                CutNormalized(piece, output, between);
        });
    }

    private void CutNormalized(in Piece raw, TokenBuffer output, IPieceSink between)
    {
        if (_normalizer is null && _normalizedMatcher.IsEmpty)
        {
            between.Accept(raw);
            return;
        }
        AlignedText text = Normalize(raw.Length == raw.Text.Length ? raw.Text : raw.ToText());
        if (text.Length == 0)
            return;
        if (_normalizedMatcher.IsEmpty)
            between.Accept(text.AsPiece());
        else
            _normalizedMatcher.Cut(text, (piece, token) =>
            {
                if (token is not null)
                    output.AddAddedToken(token.Id, piece);
                else
                    between.Accept(piece);
            });
    }

    private AlignedText Normalize(AlignedText text) => _normalizer is null ? text : _normalizer.Normalize(text);
}
