namespace LeanTune.Tokenization.PostProcessors;

/// <summary>The tokens of one text, or of what a post-processor puts around it.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="Offsets">Original ranges.</param>
/// <param name="TypeIds">Segment of each token.</param>
/// <param name="IsAdded">Whether the post-processor added the tokens, all of them.</param>
/// <param name="Blanks">Blanks at both ends of added tokens found in the text, by index.</param>
internal sealed record EncodedSequence(
    int[] Ids, (int Start, int End)[] Offsets, int[] TypeIds, bool IsAdded, IReadOnlyDictionary<int, Text.Blanks> Blanks)
{
    private static readonly Dictionary<int, Text.Blanks> NoBlanks = [];

    /// <summary>Tokens that stand in no text.</summary>
    public static EncodedSequence Added(int[] ids, int typeId) =>
        new(ids, new (int, int)[ids.Length], Filled(typeId, ids.Length), true, NoBlanks);

    public EncodedSequence WithType(int typeId) => this with { TypeIds = Filled(typeId, Ids.Length) };

    /// <summary>All sequences in one.</summary>
    public static TokenizedText Join(IReadOnlyList<EncodedSequence> sequences) => new(
        [.. sequences.SelectMany(sequence => sequence.Ids)],
        [.. sequences.SelectMany(sequence => sequence.Offsets)],
        [.. sequences.SelectMany(sequence => sequence.TypeIds)],
        [.. sequences.SelectMany(sequence => Enumerable.Repeat(sequence.IsAdded, sequence.Ids.Length))]);

    private static int[] Filled(int value, int count)
    {
        int[] values = new int[count];
        Array.Fill(values, value);
        return values;
    }
}
