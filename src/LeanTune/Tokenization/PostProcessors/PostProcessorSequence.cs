namespace LeanTune.Tokenization.PostProcessors;

/// <summary>Post-processors one after the other.</summary>
internal sealed class PostProcessorSequence(IReadOnlyList<PostProcessor> processors) : PostProcessor
{
    public override IReadOnlyList<EncodedSequence> Process(IReadOnlyList<EncodedSequence> sequences, bool addSpecialTokens)
    {
        foreach (PostProcessor processor in processors)
            sequences = processor.Process(sequences, addSpecialTokens);
        return sequences;
    }
}
