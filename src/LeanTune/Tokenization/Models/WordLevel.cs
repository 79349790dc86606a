using LeanTune.Tokenization.Files;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Models;

/// <summary>The simplest model: each piece is a token or unknown.</summary>
/// <param name="vocabulary">The tokens.</param>
/// <param name="unknownId">Token of unknown pieces; null when the vocabulary has none.</param>
/// <param name="source">Where the model stands in the file, for errors.</param>
internal sealed class WordLevel(Vocabulary vocabulary, int? unknownId, JsonNode source) : TokenModel(vocabulary)
{
    protected override void TokenizePiece(in Piece piece, TokenBuffer output)
    {
        int id = Vocabulary.IdOf(piece.ToString()) ?? unknownId ?? throw source.Error(".unk_token", "is needed but not in the vocabulary");
        output.Add(id, piece, 0, piece.Length);
    }
}
