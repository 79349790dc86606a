namespace LeanTune.Tokenization.PostProcessors;

/// <summary>Runs a processor only when special tokens are wanted: without them BERT's and RoBERTa's leave types alone, unlike a template.</summary>
internal sealed class WhenAdding(PostProcessor processor) : PostProcessor
{
    public override IReadOnlyList<EncodedSequence> Process(IReadOnlyList<EncodedSequence> sequences, bool addSpecialTokens) =>
        addSpecialTokens ? processor.Process(sequences, true) : sequences;
}
