namespace LeanTune.Tokenization.PostProcessors;

/// <summary>Gives every token type 0, as RoBERTa's post-processor does even when it adds no special tokens.</summary>
internal sealed class OneType : PostProcessor
{
    public override IReadOnlyList<EncodedSequence> Process(IReadOnlyList<EncodedSequence> sequences, bool addSpecialTokens) =>
        [.. sequences.Select(sequence => sequence.WithType(0))];
}
