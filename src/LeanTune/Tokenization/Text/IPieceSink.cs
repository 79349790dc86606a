namespace LeanTune.Tokenization.Text;

/// <summary>Receives the pieces of a text in order: the next pre-tokenizer, or at the end the model.</summary>
internal interface IPieceSink
{
    void Accept(in Piece piece);
}
