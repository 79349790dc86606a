namespace LeanTune.Activations;

/// <summary>
/// The ledger of kept activations: who keeps how many bytes between forward and backward. Filled by
/// <c>Checkpoint.Run</c> and the ops with compressed saves, read by the progress display, the planner and the tests.
/// </summary>
/// <remarks>
/// Blocks that run as plain autograd does are counted as the allocator has them, since libtorch's own operators do not say what they keep;
/// where the allocator cannot be asked they count as 0, and they are taken out when the micro-batch ends. Not for use from several
/// threads at once: the training thread (and the backward pass that it waits for) writes it.
/// </remarks>
public sealed class SavedBytes
{
    /// <summary>Kind of tensors that are kept as they are.</summary>
    public const string Exact = "exact";

    /// <summary>Kind of low-rank factors.</summary>
    public const string Factors = "factors";

    /// <summary>Kind of packed codes, with everything that belongs to them.</summary>
    public const string Codes = "codes";

    /// <summary>Kind of a chain's running buffer.</summary>
    public const string Chain = "chain";

    /// <summary>Kind of a norm's numbers, one a row.</summary>
    public const string Statistics = "statistics";

    /// <summary>Kind of 8-bit codes and their scales.</summary>
    public const string EightBit = "int8";

    /// <summary>Kind of what a block's graph keeps in mode none.</summary>
    public const string Graph = "graph";

    private readonly SortedDictionary<(int Block, string Kind), long> _entries = [];

    /// <summary>Bytes kept now.</summary>
    public long Total { get; private set; }

    /// <summary>The highest <see cref="Total"/> since the start or the last <see cref="ResetPeak"/>.</summary>
    public long Peak { get; private set; }

    /// <summary>Notes bytes that are now kept.</summary>
    /// <param name="site">Where the tensor stands.</param>
    /// <param name="kind">What is kept: <see cref="Factors"/>, <see cref="Exact"/>, <see cref="Statistics"/>, or a codec's own word.</param>
    /// <param name="bytes">At least 0.</param>
    public void Add(ActivationSite site, string kind, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var key = (site.Block, kind);
        _entries[key] = _entries.GetValueOrDefault(key) + bytes;
        Total += bytes;
        Peak = Math.Max(Peak, Total);
    }

    /// <summary>Notes bytes that are no longer kept.</summary>
    /// <exception cref="InvalidOperationException">More is taken away than was added for this block and kind.</exception>
    public void Remove(ActivationSite site, string kind, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var key = (site.Block, kind);
        long left = _entries.GetValueOrDefault(key) - bytes;
        if (left < 0)
            throw new InvalidOperationException($"{site}: {bytes} bytes of kind '{kind}' are taken away, only {left + bytes} were noted.");
        if (left == 0) _entries.Remove(key);
        else _entries[key] = left;
        Total -= bytes;
    }

    /// <summary>What is kept now, by block and kind, in that order.</summary>
    public IReadOnlyList<SavedBytesEntry> Report() => [.. _entries.Select(entry => new SavedBytesEntry(entry.Key.Block, entry.Key.Kind, entry.Value))];

    /// <summary>Bytes kept now by one block.</summary>
    public long OfBlock(int block) => _entries.Where(entry => entry.Key.Block == block).Sum(entry => entry.Value);

    /// <summary>Bytes kept now of one kind.</summary>
    public long OfKind(string kind) => _entries.Where(entry => entry.Key.Kind == kind).Sum(entry => entry.Value);

    /// <summary>Starts a new peak at what is kept now.</summary>
    public void ResetPeak() => Peak = Total;
}

/// <summary>One line of the ledger.</summary>
/// <param name="Block">Index of the block.</param>
/// <param name="Kind">What is kept.</param>
/// <param name="Bytes">How much.</param>
public readonly record struct SavedBytesEntry(int Block, string Kind, long Bytes);
