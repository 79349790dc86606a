using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.PreTokenizers;

/// <summary>A stage that splits the text into the pieces that the model sees one by one. Stateless, so safe for concurrent use.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Splits one piece and hands the parts on, in order; empty parts are left out.</summary>
    public void Split(in Piece piece, IPieceSink next) => SplitSpelled(piece.IsByteLevel ? piece.SpellBytes() : piece, next);

    /// <summary>Splits a piece that is not byte level.</summary>
    protected abstract void SplitSpelled(in Piece piece, IPieceSink next);
}
