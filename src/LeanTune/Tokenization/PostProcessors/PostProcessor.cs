namespace LeanTune.Tokenization.PostProcessors;

/// <summary>The stage that puts special tokens around one text or a pair, sets their types and trims offsets. Stateless, so safe for concurrent use.</summary>
internal abstract class PostProcessor
{
    /// <summary>The sequences in order, special tokens between them.</summary>
    /// <param name="sequences">One text or two; and what earlier processors put around them.</param>
    /// <param name="addSpecialTokens">False: types and offsets only.</param>
    public abstract IReadOnlyList<EncodedSequence> Process(IReadOnlyList<EncodedSequence> sequences, bool addSpecialTokens);
}
