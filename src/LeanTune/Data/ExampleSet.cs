using System.Buffers.Binary;
using System.Collections;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace LeanTune.Data;

/// <summary>The tokenised examples of a file or folder, in file order: what batches are made of.</summary>
/// <remarks>Immutable; safe for use from several threads.</remarks>
public sealed class ExampleSet : IReadOnlyList<TokenizedExample>
{
    private readonly IReadOnlyList<TokenizedExample> _examples;
    private bool _isStream;

    /// <summary>Makes a set of examples that were tokenised elsewhere.</summary>
    /// <param name="examples">Each has at least one supervised token.</param>
    /// <param name="dropped">How many others were left out, for <see cref="Counts"/>.</param>
    public ExampleSet(IReadOnlyList<TokenizedExample> examples, int dropped = 0)
    {
        _examples = examples;
        Counts = new DatasetCounts(examples.Count + dropped, examples.Count(e => e.Truncated), dropped,
            examples.Sum(e => (long)e.Ids.Length), examples.Sum(e => (long)e.Supervised.Count(s => s)));
    }

    /// <summary>What became of the records.</summary>
    public DatasetCounts Counts { get; }

    /// <inheritdoc/>
    public int Count => _examples.Count;

    /// <inheritdoc/>
    public TokenizedExample this[int index] => _examples[index];

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

    /// <summary>Reads and tokenises a source; its weight does not matter here.</summary>
    /// <param name="source">What to read, and how.</param>
    /// <param name="encoder">The tokenizer.</param>
    /// <param name="maxLength">Longest example, or length of a window, in tokens; at least 2. Longer examples are cut at the end and counted.</param>
    /// <param name="appendEndToken">Whether the end token follows each completion, text or file, as a target.</param>
    /// <param name="notice">As for the other overload.</param>
    /// <param name="conversations">As for the other overload.</param>
    /// <exception cref="DataException">As for the other overload.</exception>
    public static ExampleSet Load(
        DataSource source, ITextEncoder encoder, int maxLength, bool appendEndToken, Action<string>? notice = null, ConversationEncoder? conversations = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 2);
        string path = source.Path;
        IReadOnlyList<string> files = DataFiles.Find(path, textOnly: source.Format == DataFormat.Windows);
        if (appendEndToken && encoder.EndToken is null)
            throw new DataException($"{path}: an end token was asked for, but the tokenizer names none; " +
                "set \"eos_token\" in tokenizer_config.json, or train without an end token");
        bool windows = source.Format == DataFormat.Windows || (source is { Format: DataFormat.Auto, Kind: FileKind.Auto, Fields: [], Beside: [] } && files.All(DataFiles.IsText));
        var builder = new ExampleBuilder(encoder, maxLength, appendEndToken);
        ExampleSet set = windows
            ? LoadWindows(path, new WindowReader(encoder, maxLength, appendEndToken, notice), notice)
            : LoadRecords(source, read => Tokenize(source, read, builder, conversations, maxLength), notice);
        if (set.Count == 0)
            throw new DataException($"{path}: nothing to train on: " + (set.Counts.Read == 0
                ? "the text is empty"
                : $"none of {set.Counts.Read} examples has a target within the longest length of {maxLength} tokens; raise the longest length or shorten the prompts"));
        set.TellCounts(path, maxLength, notice);
        return set;
    }

    /// <summary>Divides the set into examples to train on and examples held out for evaluation, the same way each time.</summary>
    /// <param name="heldShare">
    /// Share held out, from 0 to below 1. Above 0 at least one example goes to each part. Records are chosen by their content (<see cref="HoldOut.ByShare"/>); of windows, which
    /// follow each other in one text, the last ones are held out.
    /// </param>
    /// <returns>Both parts in the order of this set. Their counts are of their own examples; dropped ones belong to neither.</returns>
    /// <exception cref="DataException">A share is held out of a single example, or of examples that are all the same.</exception>
    public (ExampleSet Train, ExampleSet Held) Split(double heldShare)
    {
        if (!(heldShare is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(heldShare), heldShare, "The share held out must be at least 0 and below 1.");
        if (heldShare == 0)
            return (this, new ExampleSet([]));
        if (Count < 2)
            throw new DataException($"A share of {heldShare} cannot be held out of {Count} example: expected at least 2");
        int kept = Count - Math.Clamp((int)Math.Round(heldShare * Count), 1, Count - 1);
        bool[] held = _isStream ? [.. _examples.Select((_, i) => i >= kept)] : HoldOut.ByShare([.. _examples.Select(ContentHash)], heldShare);
        return (Where(i => !held[i]), Where(i => held[i]));
    }

    /// <summary>The first examples of this set: all when there are no more than <paramref name="count"/>.</summary>
    public ExampleSet Take(int count) => count >= Count ? this : Where(i => i < count);

    /// <summary>SHA-256, in hexadecimal, of all ids and targets: two sets with the same value give the same batches. Lets a resumed run notice that its data changed.</summary>
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

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public IEnumerator<TokenizedExample> GetEnumerator() => _examples.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static ExampleSet LoadWindows(string path, WindowReader reader, Action<string>? notice)
    {
        List<TokenizedExample> windows = reader.Read(DataFiles.Find(path, textOnly: true, notice), out int dropped);
        return new ExampleSet(windows, dropped) { _isStream = true };
    }

    private static ExampleSet LoadRecords(DataSource source, Func<Example, TokenizedExample> tokenize, Action<string>? notice)
    {
        var examples = new List<TokenizedExample>();
        var problems = new ProblemList(source.Path);
        int records = 0;
        foreach (Example read in ExampleReader.Read(source, notice))
        {
            records++;
            try
            {
                examples.Add(tokenize(read));
            }
            catch (RecordException bad)
            {
                problems.Add(read.Place, bad.Message);
            }
        }

        if (source.OnError == RecordErrors.Stop || problems.Count == records)
            problems.ThrowIfAny(records);
        problems.Tell(records, notice);
        int dropped = examples.RemoveAll(example => !example.Supervised.Contains(true));
        return new ExampleSet(examples, dropped);
    }

    private static TokenizedExample Tokenize(DataSource source, Example read, ExampleBuilder builder, ConversationEncoder? conversations, int maxLength) => read switch
    {
        PromptCompletionExample pair => builder.Build(pair.Prompt, pair.Completion, pair.Place),
        PlainTextExample text => builder.Build(null, text.Text, text.Place),
        ConversationExample conversation when conversations is not null => conversations.Encode(conversation, maxLength),
        _ => throw new DataException($"{source.Path}: holds {read.KindName}; training takes prompts with completions, conversations with a chat template, or plain texts"),
    };

    private static ulong ContentHash(TokenizedExample example)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<int>(example.Ids));
        hash.AppendData(MemoryMarshal.AsBytes<bool>(example.Supervised));
        return BinaryPrimitives.ReadUInt64LittleEndian(hash.GetHashAndReset());
    }

    private ExampleSet Where(Func<int, bool> wanted) => new([.. _examples.Where((_, i) => wanted(i))]) { _isStream = _isStream };

    private void TellCounts(string path, int maxLength, Action<string>? notice)
    {
        if (Counts.Truncated > 0)
            notice?.Invoke($"{path}: {Counts.Truncated} of {Counts.Read} examples are longer than {maxLength} tokens and were cut at the end");
        if (Counts.Dropped > 0)
            notice?.Invoke($"{path}: {Counts.Dropped} of {Counts.Read} examples have no target within {maxLength} tokens and were dropped");
    }
}
