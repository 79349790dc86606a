using System.Diagnostics.CodeAnalysis;

namespace LeanTune.Data;

/// <summary>
/// An endless, repeatable stream of batches: each epoch hands out every example once, or as often as its weight says, shuffled, with examples of similar length together, or several
/// examples a row.
/// </summary>
/// <remarks>
/// The same examples, rule and seed give the same batches, whatever the machine. Setting <see cref="Position"/> to a value read earlier
/// goes on with exactly the batches that followed it. An epoch's last, smaller batch is handed out too. Not safe for use from several threads.
/// </remarks>
[SuppressMessage("Naming", "CA1711", Justification = "A stream of batches; no one takes it for System.IO.Stream.")]
public sealed class BatchStream
{
    private readonly IReadOnlyList<TokenizedExample> _examples;
    private readonly int[] _lengths;
    private readonly BatchRule _rule;
    private readonly long _padId;
    private readonly ulong _seed;
    private readonly SampleOrder? _draws;
    private int[][][] _order;
    private DataPosition _position;

    /// <summary>Makes a stream that stands at its beginning.</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="rule">How they form batches.</param>
    /// <param name="padId">Token id to pad with.</param>
    /// <param name="seed">Decides on the order.</param>
    /// <exception cref="ArgumentException">No batch can follow the rule.</exception>
    public BatchStream(IReadOnlyList<TokenizedExample> examples, BatchRule rule, long padId, ulong seed)
        : this(examples, draws: null, rule, padId, seed)
    {
    }

    /// <summary>Makes a stream that stands at its beginning and heeds the weights of the set's sources.</summary>
    /// <inheritdoc cref="BatchStream(IReadOnlyList{TokenizedExample}, BatchRule, long, ulong)"/>
    public BatchStream(ExampleSet examples, BatchRule rule, long padId, ulong seed)
        : this(examples, examples.Draws(seed), rule, padId, seed)
    {
    }

    /// <summary>Makes a stream of batches of a fixed number of examples.</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="batchSize">Examples a batch.</param>
    /// <param name="padId">Token id to pad with.</param>
    /// <param name="seed">Decides on the order.</param>
    /// <param name="padToMultipleOf">Rows are padded to a multiple of this length.</param>
    public BatchStream(IReadOnlyList<TokenizedExample> examples, int batchSize, long padId, ulong seed, int padToMultipleOf = 1)
        : this(examples, draws: null, Fixed(batchSize, padToMultipleOf), padId, seed)
    {
    }

    /// <summary>Makes a stream of batches of a fixed number of examples that heeds the weights of the set's sources.</summary>
    /// <inheritdoc cref="BatchStream(IReadOnlyList{TokenizedExample}, int, long, ulong, int)"/>
    public BatchStream(ExampleSet examples, int batchSize, long padId, ulong seed, int padToMultipleOf = 1)
        : this(examples, examples.Draws(seed), Fixed(batchSize, padToMultipleOf), padId, seed)
    {
    }

    private BatchStream(IReadOnlyList<TokenizedExample> examples, SampleOrder? draws, BatchRule rule, long padId, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count);
        _examples = examples;
        _lengths = [.. examples.Select(example => example.Ids.Length)];
        rule.Require(_lengths.Max());
        _rule = rule;
        _padId = padId;
        _seed = seed;
        _draws = draws;
        _order = EpochAt(0);
    }

    /// <summary>Batches of the current epoch. With weights, with packing or under a budget of tokens, other epochs may have a few more or fewer.</summary>
    public int BatchesPerEpoch => _order.Length;

    /// <summary>Batches of an epoch.</summary>
    /// <param name="epoch">From 0.</param>
    public int BatchesIn(long epoch) => epoch == _position.Epoch ? _order.Length : EpochAt(epoch).Length;

    /// <summary>The batch that <see cref="Next"/> hands out next.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a place that this stream does not have.</exception>
    public DataPosition Position
    {
        get => _position;
        set
        {
            int[][][] order = value.Epoch == _position.Epoch ? _order : value.Epoch >= 0 ? EpochAt(value.Epoch) : [];
            if (value.Batch < 0 || value.Batch >= order.Length)
                throw new ArgumentOutOfRangeException(nameof(value), value, $"Epoch {value.Epoch} of this stream has {order.Length} batches.");
            (_order, _position) = (order, value);
        }
    }

    /// <summary>Makes the next batch.</summary>
    /// <returns>A batch that the caller disposes.</returns>
    public Batch Next()
    {
        Batch batch = Make(_order[_position.Batch]);
        _position = _position with { Batch = _position.Batch + 1 };
        // Weights below 1 may leave an epoch without any batch.
        while (_position.Batch >= _order.Length)
        {
            _position = new DataPosition(_position.Epoch + 1, 0);
            _order = EpochAt(_position.Epoch);
        }

        return batch;
    }

    /// <summary>The largest batch, in tokens with padding, that the examples can make; of packed ones, the largest of the first epoch.</summary>
    /// <returns>A batch that the caller disposes.</returns>
    internal Batch Longest()
    {
        if (_rule.PackTo is not null)
            return Make(EpochAt(0).MaxBy(rows => rows.Length * rows.Max(row => row.Sum(i => (long)_lengths[i])))!);
        (int count, int longest) = BatchBounds.Largest(_lengths, _rule);
        IEnumerable<int> fitting = Enumerable.Range(0, _lengths.Length).Where(i => _lengths[i] <= longest);
        return Make([.. fitting.OrderByDescending(i => _lengths[i]).Take(count).Select(i => new[] { i })]);
    }

    private Batch Make(int[][] rows) => Batch.Pack([.. rows.Select(row => row.Select(i => _examples[i]).ToArray())], _padId, _rule.PadToMultipleOf);

    private int[][][] EpochAt(long epoch) => EpochOrder.Batches(_lengths, _rule, _seed, epoch, _draws);

    private static BatchRule Fixed(int batchSize, int padToMultipleOf) => new() { Rows = batchSize, PadToMultipleOf = padToMultipleOf };
}
