using System.Diagnostics.CodeAnalysis;

namespace LeanTune.Data;

/// <summary>An endless, repeatable stream of batches: each epoch hands out every example once, or as often as its weight says, shuffled, with examples of similar length together.</summary>
/// <remarks>
/// The same examples, batch size and seed give the same batches, whatever the machine. Setting <see cref="Position"/> to a value read earlier
/// goes on with exactly the batches that followed it. An epoch's last, smaller batch is handed out too. Not safe for use from several threads.
/// </remarks>
[SuppressMessage("Naming", "CA1711", Justification = "A stream of batches; no one takes it for System.IO.Stream.")]
public sealed class BatchStream
{
    private readonly IReadOnlyList<TokenizedExample> _examples;
    private readonly int[] _lengths;
    private readonly int _batchSize;
    private readonly long _padId;
    private readonly ulong _seed;
    private readonly int _padToMultipleOf;
    private readonly SampleOrder? _draws;
    private int[][] _order;
    private DataPosition _position;

    /// <summary>Makes a stream that stands at its beginning.</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="batchSize">Examples a batch.</param>
    /// <param name="padId">Token id to pad with.</param>
    /// <param name="seed">Decides on the order.</param>
    /// <param name="padToMultipleOf">Rows are padded to a multiple of this length.</param>
    public BatchStream(IReadOnlyList<TokenizedExample> examples, int batchSize, long padId, ulong seed, int padToMultipleOf = 1)
        : this(examples, draws: null, batchSize, padId, seed, padToMultipleOf)
    {
    }

    /// <summary>Makes a stream that stands at its beginning and heeds the weights of the set's sources.</summary>
    /// <inheritdoc cref="BatchStream(IReadOnlyList{TokenizedExample}, int, long, ulong, int)"/>
    public BatchStream(ExampleSet examples, int batchSize, long padId, ulong seed, int padToMultipleOf = 1)
        : this(examples, examples.Draws(seed), batchSize, padId, seed, padToMultipleOf)
    {
    }

    private BatchStream(IReadOnlyList<TokenizedExample> examples, SampleOrder? draws, int batchSize, long padId, ulong seed, int padToMultipleOf)
    {
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        _examples = examples;
        _lengths = [.. examples.Select(example => example.Ids.Length)];
        _batchSize = batchSize;
        _padId = padId;
        _seed = seed;
        _padToMultipleOf = padToMultipleOf;
        _draws = draws;
        _order = EpochAt(0);
    }

    /// <summary>Batches of the current epoch. With weights, later epochs may have fewer than the first, never more.</summary>
    public int BatchesPerEpoch => _order.Length;

    /// <summary>The batch that <see cref="Next"/> hands out next.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a place that this stream does not have.</exception>
    public DataPosition Position
    {
        get => _position;
        set
        {
            int[][] order = value.Epoch == _position.Epoch ? _order : value.Epoch >= 0 ? EpochAt(value.Epoch) : [];
            if (value.Batch < 0 || value.Batch >= order.Length)
                throw new ArgumentOutOfRangeException(nameof(value), value, $"Epoch {value.Epoch} of this stream has {order.Length} batches.");
            (_order, _position) = (order, value);
        }
    }

    /// <summary>Makes the next batch.</summary>
    /// <returns>A batch that the caller disposes.</returns>
    public Batch Next()
    {
        int[] rows = _order[_position.Batch];
        var batch = Batch.From([.. rows.Select(row => _examples[row])], _padId, _padToMultipleOf);
        _position = _position with { Batch = _position.Batch + 1 };
        // Weights below 1 may leave an epoch without any batch.
        while (_position.Batch >= _order.Length)
        {
            _position = new DataPosition(_position.Epoch + 1, 0);
            _order = EpochAt(_position.Epoch);
        }

        return batch;
    }

    private int[][] EpochAt(long epoch) => EpochOrder.Batches(_lengths, _batchSize, _seed, epoch, _draws);
}
