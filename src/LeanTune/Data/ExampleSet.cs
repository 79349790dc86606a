using System.Buffers.Binary;
using System.Collections;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace LeanTune.Data;

/// <summary>The tokenised examples of one or several sources, in their order: what batches are made of.</summary>
/// <remarks>Immutable; safe for use from several threads.</remarks>
public sealed class ExampleSet : IReadOnlyList<TokenizedExample>
{
    private readonly IReadOnlyList<TokenizedExample> _examples;
    private readonly IReadOnlyList<SetPart> _parts;

    /// <summary>Makes a set of examples that were tokenised elsewhere.</summary>
    /// <param name="examples">Each has at least one supervised token.</param>
    /// <param name="dropped">The others, which were left out.</param>
    public ExampleSet(IReadOnlyList<TokenizedExample> examples, IReadOnlyList<DroppedExample>? dropped = null)
        : this(examples, dropped ?? [], [new SetPart(examples.Count, 1, IsStream: false)])
    {
    }

    internal ExampleSet(IReadOnlyList<TokenizedExample> examples, IReadOnlyList<DroppedExample> dropped, IReadOnlyList<SetPart> parts)
    {
        (_examples, Dropped, _parts) = (examples, dropped, parts);
        Counts = new DatasetCounts(examples.Count + dropped.Count, examples.Count(e => e.Truncated), dropped.Count,
            examples.Sum(e => (long)e.Ids.Length), examples.Sum(e => (long)e.Supervised.Count(s => s)));
    }

    /// <summary>What became of the records.</summary>
    public DatasetCounts Counts { get; }

    /// <summary>What was left out, in the order of the sources.</summary>
    public IReadOnlyList<DroppedExample> Dropped { get; }

    /// <inheritdoc/>
    public int Count => _examples.Count;

    /// <inheritdoc/>
    public TokenizedExample this[int index] => _examples[index];

    /// <summary>Whether all of it are windows of running text, and not records.</summary>
    internal bool IsText => _parts.All(part => part.IsStream);

    /// <summary>Reads and tokenises a file, a folder or the files that match a pattern.</summary>
    /// <param name="path">A file, a folder or a pattern.</param>
    /// <param name="format">What its records mean; <see cref="DataFormat.Auto"/> goes by extension, content and the first record's fields.</param>
    /// <param name="encoder">The tokenizer.</param>
    /// <param name="maxLength">Longest example, or length of a window, in tokens; at least 2. Longer examples are cut at the end and counted.</param>
    /// <param name="appendEndToken">Whether the end token follows each completion, text or file, as a target.</param>
    /// <param name="notice">Receives, one sentence each, what the user should know: unused fields, cut and dropped examples. Null leaves it to <see cref="Counts"/>.</param>
    /// <param name="conversations">What renders and tokenises conversations; null refuses them.</param>
    /// <exception cref="DataException">The path, a record, the chat template or the tokenizer is not fit; names file and line, and what was expected.</exception>
    public static ExampleSet Load(
        string path, DataFormat format, ITextEncoder encoder, int maxLength, bool appendEndToken, Action<string>? notice = null, ConversationEncoder? conversations = null) =>
        Load(new DataSource { Path = path, Format = format }, encoder, maxLength, appendEndToken, notice, conversations);

    /// <summary>Reads and tokenises sources; those whose weight is not 1 are handed out as often as that says.</summary>
    /// <param name="sources">What to read, and how; at least one.</param>
    /// <param name="encoder">The tokenizer.</param>
    /// <param name="maxLength">Longest example, or length of a window, in tokens; at least 2. Longer examples are cut at the end and counted.</param>
    /// <param name="appendEndToken">Whether the end token follows each completion, text or file, as a target.</param>
    /// <param name="notice">As for the other overload.</param>
    /// <param name="conversations">As for the other overload.</param>
    /// <exception cref="DataException">As for the other overload.</exception>
    public static ExampleSet Load(
        DataSources sources, ITextEncoder encoder, int maxLength, bool appendEndToken, Action<string>? notice = null, ConversationEncoder? conversations = null) =>
        Load(sources, new ExampleLoader(encoder, maxLength, appendEndToken, notice, conversations), maxLength);

    internal static ExampleSet Load(DataSources sources, ExampleLoader loader, int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sources.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 2);
        ExampleSet[] sets = [.. sources.Select(loader.Load)];
        return sets is [var only]
            ? only
            : new ExampleSet([.. sets.SelectMany(set => set)], [.. sets.SelectMany(set => set.Dropped)], [.. sets.SelectMany(set => set._parts)]);
    }

    /// <summary>Divides the set into examples to train on and examples held out for evaluation, the same way each time.</summary>
    /// <param name="heldShare">
    /// Share held out, from 0 to below 1. Above 0 at least one example goes to each part. Records are chosen by their content (<see cref="HoldOut.ByShare"/>), those of all
    /// sources together; of windows, which follow each other in one text, the last ones are held out.
    /// </param>
    /// <returns>Both parts in the order of this set. What was dropped stays with the first. What is held out has no weights.</returns>
    /// <exception cref="DataException">A share is held out of a single example, or of examples that are all the same.</exception>
    public (ExampleSet Train, ExampleSet Held) Split(double heldShare)
    {
        if (!(heldShare is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(heldShare), heldShare, "The share held out must be at least 0 and below 1.");
        if (heldShare == 0)
            return (this, new ExampleSet([]));
        if (Count < 2)
            throw new DataException($"A share of {heldShare} cannot be held out of {Count} example: expected at least 2");
        bool[] held = ChooseHeld(heldShare);
        return (Where(i => !held[i], Dropped), Where(i => held[i], []).Unweighted());
    }

    /// <summary>The first examples of this set: all when there are no more than <paramref name="count"/>.</summary>
    public ExampleSet Take(int count) => count >= Count ? this : Where(i => i < count, Dropped);

    /// <summary>SHA-256, in hexadecimal, of all ids, targets and weights: two sets with the same value give the same batches. Lets a resumed run notice that its data changed.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<int> length = stackalloc int[1];
        foreach (TokenizedExample example in _examples)
        {
            length[0] = example.Ids.Length;
            hash.AppendData(MemoryMarshal.AsBytes(length));
            hash.AppendData(MemoryMarshal.AsBytes<int>(example.Ids));
            hash.AppendData(MemoryMarshal.AsBytes<bool>(example.Supervised));
        }

        Span<byte> part = stackalloc byte[12];
        foreach ((int count, double weight, _) in IsWeighted ? _parts : [])
        {
            BinaryPrimitives.WriteInt32LittleEndian(part, count);
            BinaryPrimitives.WriteDoubleLittleEndian(part[4..], weight);
            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public IEnumerator<TokenizedExample> GetEnumerator() => _examples.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>What each epoch draws, where sources have weights; null where every example comes once an epoch.</summary>
    internal SampleOrder? Draws(ulong seed)
    {
        if (!IsWeighted)
            return null;
        int start = 0;
        return new SampleOrder([.. _parts.Select(part => new WeightedGroup([.. Enumerable.Range((start += part.Count) - part.Count, part.Count)], part.Weight))], seed);
    }

    private bool IsWeighted => _parts.Any(part => part.Weight != 1);

    private bool[] ChooseHeld(double share)
    {
        bool[] held = new bool[Count];
        var records = new List<int>();
        int start = 0;
        foreach (SetPart part in _parts)
        {
            if (!part.IsStream)
                records.AddRange(Enumerable.Range(start, part.Count));
            else if (part.Count > 1)
                held.AsSpan(start, part.Count)[^Math.Clamp((int)Math.Round(share * part.Count), 1, part.Count - 1)..].Fill(true);
            start += part.Count;
        }

        if (records.Count > 0)
        {
            bool[] chosen = HoldOut.ByShare([.. records.Select(i => _examples[i].ContentHash())], share);
            for (int i = 0; i < chosen.Length; i++)
                held[records[i]] = chosen[i];
        }

        return held;
    }

    private ExampleSet Where(Func<int, bool> wanted, IReadOnlyList<DroppedExample> dropped)
    {
        int start = 0;
        SetPart[] parts = [.. _parts.Select(part => part with { Count = Enumerable.Range((start += part.Count) - part.Count, part.Count).Count(wanted) })];
        return new ExampleSet([.. _examples.Where((_, i) => wanted(i))], dropped, parts);
    }

    private ExampleSet Unweighted() => new(_examples, Dropped, [.. _parts.Select(part => part with { Weight = 1 })]);
}
