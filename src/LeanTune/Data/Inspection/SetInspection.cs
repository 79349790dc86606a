using LeanTune.Tokenization;

namespace LeanTune.Data;

/// <summary>What a set of examples is like: the training examples of a run, or those held out.</summary>
/// <param name="Counts">What became of its records.</param>
/// <param name="Lengths">Tokens of every example before it is cut, also of those dropped; from short to long.</param>
/// <param name="Dropped">What is left out because no target stands within the longest length.</param>
/// <param name="Examples">Some of them, evenly spread.</param>
public sealed record SetInspection(DatasetCounts Counts, IReadOnlyList<int> Lengths, IReadOnlyList<DroppedExample> Dropped, IReadOnlyList<ShownExample> Examples)
{
    /// <summary>The length that a share of the examples does not exceed.</summary>
    /// <param name="share">From 0, the shortest, to 1, the longest.</param>
    public int LengthAt(double share) => Lengths.Count == 0 ? 0 : Lengths[Math.Clamp((int)Math.Ceiling(share * Lengths.Count) - 1, 0, Lengths.Count - 1)];

    /// <summary>Looks at a set.</summary>
    internal static SetInspection Of(ExampleSet set, Tokenizer tokenizer, int shown)
    {
        int count = Math.Min(shown, set.Count);
        return new SetInspection(
            set.Counts,
            [.. set.Select(example => example.FullLength).Concat(set.Dropped.Select(example => example.Tokens)).Order()],
            set.Dropped,
            [.. Enumerable.Range(0, count).Select(i => ShownExample.Of(set[(int)((long)i * set.Count / count)], tokenizer))]);
    }
}
