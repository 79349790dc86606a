using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Models;

/// <summary>The stage that turns a piece into tokens of its vocabulary. Safe for concurrent use.</summary>
internal abstract class TokenModel(Vocabulary vocabulary)
{
    public Vocabulary Vocabulary => vocabulary;

    /// <summary>Appends the tokens of a piece that is not empty.</summary>
    public void Tokenize(in Piece piece, TokenBuffer output)
    {
        if (piece.IsByteLevel && !ReadsBytes)
            TokenizePiece(piece.SpellBytes(), output);
        else
            TokenizePiece(piece, output);
    }

    /// <summary>Whether the model takes byte-level pieces as they are; else their bytes are spelled as letters first.</summary>
    protected virtual bool ReadsBytes => false;

    protected abstract void TokenizePiece(in Piece piece, TokenBuffer output);
}
