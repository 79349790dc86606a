using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.PreTokenizers;

/// <summary>Pre-tokenizers one after the other; a piece runs through all of them before the next one starts.</summary>
internal sealed class PreTokenizerSequence(IReadOnlyList<PreTokenizer> stages) : PreTokenizer
{
    protected override void SplitSpelled(in Piece piece, IPieceSink next)
    {
        for (int i = stages.Count - 1; i >= 0; i--)
            next = new StageSink(stages[i], next);
        next.Accept(piece);
    }

    private sealed class StageSink(PreTokenizer stage, IPieceSink next) : IPieceSink
    {
        public void Accept(in Piece piece) => stage.Split(piece, next);
    }
}
