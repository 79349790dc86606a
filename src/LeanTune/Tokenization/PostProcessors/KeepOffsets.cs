namespace LeanTune.Tokenization.PostProcessors;

/// <summary>Byte level's post-processor with trimming switched off: changes nothing.</summary>
internal sealed class KeepOffsets : PostProcessor
{
    public override IReadOnlyList<EncodedSequence> Process(IReadOnlyList<EncodedSequence> sequences, bool addSpecialTokens) => sequences;
}
