using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace LeanTune.Data;

/// <summary>Makes batches ahead on a thread of its own, so that training does not wait for them; order and content are those of the stream.</summary>
/// <remarks>The stream belongs to the prefetcher until it is disposed. <see cref="Next"/> is for one thread.</remarks>
public sealed class BatchPrefetcher : IDisposable
{
    private readonly BatchStream _stream;
    private readonly BlockingCollection<(Batch Batch, DataPosition After)> _ready;
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _producer;
    private ExceptionDispatchInfo? _failure;
    private bool _disposed;

    /// <summary>Starts to make batches from where the stream stands.</summary>
    /// <param name="stream">Where the batches come from.</param>
    /// <param name="ahead">Most batches that wait to be handed out.</param>
    public BatchPrefetcher(BatchStream stream, int ahead = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ahead, 1);
        _stream = stream;
        Position = stream.Position;
        _ready = new BlockingCollection<(Batch, DataPosition)>(ahead);
        _producer = new Thread(Produce) { IsBackground = true, Name = "LeanTune batches" };
        _producer.Start();
    }

    /// <summary>The batch that <see cref="Next"/> hands out next, whatever was made ahead: what a checkpoint saves.</summary>
    public DataPosition Position { get; private set; }

    /// <summary>Hands out the next batch, waiting for it when it is not ready.</summary>
    /// <returns>A batch that the caller disposes.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled while waiting; no batch is lost.</exception>
    /// <exception cref="ObjectDisposedException">The prefetcher was disposed.</exception>
    /// <remarks>An exception met while making a batch is thrown here, when that batch's turn comes.</remarks>
    public Batch Next(CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_ready.TryTake(out (Batch Batch, DataPosition After) next, Timeout.Infinite, cancellation))
        {
            // Only a failure ends the stream.
            _failure!.Throw();
        }

        Position = next.After;
        return next.Batch;
    }

    /// <summary>Stops the thread, waits for it, and disposes the batches that were not handed out.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _stop.Cancel();
        _producer.Join();
        foreach ((Batch batch, _) in _ready)
            batch.Dispose();
        _ready.Dispose();
        _stop.Dispose();
    }

    private void Produce()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                Batch batch = _stream.Next();
                try
                {
                    _ready.Add((batch, _stream.Position), _stop.Token);
                }
                catch (OperationCanceledException)
                {
                    batch.Dispose();
                    return;
                }
            }
        }
        catch (Exception failure)
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
        }
        finally
        {
            _ready.CompleteAdding();
        }
    }
}
