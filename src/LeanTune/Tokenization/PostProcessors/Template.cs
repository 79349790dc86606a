namespace LeanTune.Tokenization.PostProcessors;

/// <summary>Puts special tokens around texts as a template says: one template for a single text and one for a pair.</summary>
internal sealed class Template(IReadOnlyList<TemplatePart> single, IReadOnlyList<TemplatePart> pair) : PostProcessor
{
    public override IReadOnlyList<EncodedSequence> Process(IReadOnlyList<EncodedSequence> sequences, bool addSpecialTokens)
    {
        List<EncodedSequence> result = [];
        foreach (TemplatePart part in sequences.Count == 1 ? single : pair)
            if (part.Text is int text)
                result.Add(sequences[text].WithType(part.TypeId));
            else if (addSpecialTokens)
                result.Add(EncodedSequence.Added(part.SpecialIds, part.TypeId));
        return result;
    }
}
