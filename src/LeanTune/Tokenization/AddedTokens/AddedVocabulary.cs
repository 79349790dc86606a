using LeanTune.Tokenization.Normalizers;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.AddedTokens;

/// <summary>All added tokens of a tokenizer: cuts them out of a text, some before and some after normalization.</summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<int, AddedToken> byId;
    private readonly Dictionary<string, int> byContent;
    private readonly AddedTokenMatcher rawMatcher;
    private readonly AddedTokenMatcher normalizedMatcher;
    private readonly Normalizer? normalizer;

    public AddedVocabulary(IReadOnlyCollection<AddedToken> tokens, Normalizer? normalizer)
    {
        this.normalizer = normalizer;
        byId = tokens.ToDictionary(token => token.Id);
        byContent = tokens.ToDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal);
        rawMatcher = new(tokens.Where(token => !token.IsNormalized).Select(token => (token, AlignedText.From(token.Content))));
        normalizedMatcher = new(tokens.Where(token => token.IsNormalized).Select(token => (token, Normalize(AlignedText.From(token.Content)))));
    }

    /// <summary>Every added token.</summary>
    public IReadOnlyCollection<AddedToken> Tokens => byId.Values;

    public AddedToken? Find(int id) => byId.GetValueOrDefault(id);

    public int? IdOf(string content) => byContent.TryGetValue(content, out int id) ? id : null;

    /// <summary>Cuts a text at its added tokens and normalizes what lies between.</summary>
    /// <param name="text">The original text.</param>
    /// <param name="output">Receives the ids of the added tokens.</param>
    /// <param name="between">Receives every normalized piece between them; ids and pieces come in the order of the text.</param>
    public void Cut(AlignedText text, TokenBuffer output, IPieceSink between)
    {
        if (text.Length == 0)
            return;
        if (rawMatcher.IsEmpty)
        {
            CutNormalized(text.AsPiece(), output, between);
            return;
        }
        rawMatcher.Cut(text, (piece, token) =>
        {
            if (token is not null)
                output.AddAddedToken(token.Id, piece);
            else
                CutNormalized(piece, output, between);
        });
    }

    private void CutNormalized(in Piece raw, TokenBuffer output, IPieceSink between)
    {
        if (normalizer is null && normalizedMatcher.IsEmpty)
        {
            between.Accept(raw);
            return;
        }
        AlignedText text = Normalize(raw.Length == raw.Text.Length ? raw.Text : raw.ToText());
        if (text.Length == 0)
            return;
        if (normalizedMatcher.IsEmpty)
            between.Accept(text.AsPiece());
        else
            normalizedMatcher.Cut(text, (piece, token) =>
            {
                if (token is not null)
                    output.AddAddedToken(token.Id, piece);
                else
                    between.Accept(piece);
            });
    }

    private AlignedText Normalize(AlignedText text) => normalizer is null ? text : normalizer.Normalize(text);
}
