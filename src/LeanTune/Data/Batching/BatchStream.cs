using System.Diagnostics.CodeAnalysis;

namespace LeanTune.Data;

/// <summary>An endless, repeatable stream of batches: each epoch hands out every example once, shuffled, with examples of similar length together.</summary>
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
    private int[][] _order;
    private DataPosition _position;

    /// <summary>Makes a stream that stands at its beginning.</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="batchSize">Examples a batch.</param>
    /// <param name="padId">Token id to pad with.</param>
    /// <param name="seed">Decides on the order.</param>
    /// <param name="padToMultipleOf">Rows are padded to a multiple of this length.</param>
    public BatchStream(IReadOnlyList<TokenizedExample> examples, int batchSize, long padId, ulong seed, int padToMultipleOf = 1)
    {
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        _examples = examples;
        _lengths = [.. examples.Select(example => example.Ids.Length)];
        _batchSize = batchSize;
        _padId = padId;
        _seed = seed;
        _padToMultipleOf = padToMultipleOf;
        _order = EpochOrder.Batches(_lengths, batchSize, seed, epoch: 0);
    }

    /// <summary>Batches of one epoch.</summary>
    public int BatchesPerEpoch => _order.Length;

    /// <summary>The batch that <see cref="Next"/> hands out next.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a place that this stream does not have.</exception>
    public DataPosition Position
    {
        get => _position;
        set
        {
            if (value.Epoch < 0 || value.Batch < 0 || value.Batch >= BatchesPerEpoch)
                throw new ArgumentOutOfRangeException(nameof(value), value, $"An epoch of this stream has {BatchesPerEpoch} batches.");
            MoveTo(value);
        }
    }

    /// <summary>Makes the next batch.</summary>
    /// <returns>A batch that the caller disposes.</returns>
    public Batch Next()
    {
        int[] rows = _order[_position.Batch];
        var batch = Batch.From([.. rows.Select(row => _examples[row])], _padId, _padToMultipleOf);
        MoveTo(_position.Batch + 1 < BatchesPerEpoch ? _position with { Batch = _position.Batch + 1 } : new DataPosition(_position.Epoch + 1, 0));
        return batch;
    }

    private void MoveTo(DataPosition position)
    {
        if (position.Epoch != _position.Epoch)
            _order = EpochOrder.Batches(_lengths, _batchSize, _seed, position.Epoch);
        _position = position;
    }
}
