using LeanTune.Activations.Codecs;
using LeanTune.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Activations;

/// <summary>
/// State of one micro-batch that chained codecs share: the decoded value of the activation that was saved last, and what was kept
/// on the way there. Made before the micro-batch's forward pass, disposed after its backward pass.
/// </summary>
/// <remarks>
/// Forward moves the buffer up the chain, one saved activation at a time; backward walks it down again. So a chain serves one
/// forward and one backward pass, and restores only the activation that it stands at: the one saved last and not yet disposed.
/// Not for use from several threads at once. Once an activation is dropped without having been restored the chain is spent.
/// </remarks>
public sealed class ChainState : IDisposable
{
    private readonly List<ChainedActivation> _links = [];
    private Tensor? _buffer; // (N, n) fp32
    private RowRuns? _rows;
    private bool _restoring;
    private string? _ended;

    /// <summary>Bytes of native memory held by the running buffer.</summary>
    public long Bytes => _buffer is null ? 0 : _buffer.NumberOfElements * _buffer.ElementSize;

    /// <summary>The decoded value of the activation that was saved last: (N, n) fp32, padding rows zero. Null before the first.</summary>
    internal Tensor? Buffer => _buffer;

    /// <inheritdoc/>
    public void Dispose() => End("its pass was disposed");

    /// <summary>Refuses an activation that this chain cannot take.</summary>
    /// <exception cref="InvalidOperationException">The chain has begun to restore, or has ended.</exception>
    /// <exception cref="ArgumentException">Another shape or another row mask than the first activation of the chain had.</exception>
    internal void CheckSave(ActivationSite site, long rows, long features, RowRuns real)
    {
        if (_ended is not null) throw new InvalidOperationException($"{site} cannot be saved: the chain has ended, {_ended}. Each micro-batch needs a chain of its own.");
        if (_restoring)
            throw new InvalidOperationException($"{site} cannot be saved: the chain has begun to restore. Each micro-batch needs a chain of its own, and recomputation must not save into it.");
        if (_buffer is null) return;
        if (_buffer.shape[0] != rows || _buffer.shape[1] != features)
            throw new ArgumentException($"{site} has {rows} rows of {features} features; its chain began at {_links[0].Site} with {_buffer.shape[0]} rows of {_buffer.shape[1]}.");
        if (!real.Runs.SequenceEqual(_rows!.Runs)) throw new ArgumentException($"The row mask at {site} is not the one that its chain began with at {_links[0].Site}.");
    }

    /// <summary>Begins the chain. The buffer is taken over.</summary>
    internal void Begin(Tensor buffer, RowRuns rows) => (_buffer, _rows) = (buffer.DetachFromDisposeScope(), rows);

    /// <summary>Notes that the buffer now stands at this activation.</summary>
    internal void Push(ChainedActivation link) => _links.Add(link);

    /// <summary>The buffer, for the activation that it stands at.</summary>
    /// <exception cref="InvalidOperationException">It stands elsewhere.</exception>
    internal Tensor Read(ChainedActivation link)
    {
        if (_ended is not null) throw new InvalidOperationException($"{link.Site} cannot be restored: its chain has ended, {_ended}. Run the forward pass again.");
        if (_links.Count == 0 || _links[^1] != link)
            throw new InvalidOperationException(
                $"{link.Site} cannot be restored now: the chain stands at {(_links.Count == 0 ? "its beginning" : _links[^1].Site)}. "
                + "Blocks that share a residual chain must run backward once, in exactly the reverse order of their forward passes.");
        _restoring = true;
        return _buffer!;
    }

    /// <summary>Steps down from the activation that the chain stands at and that was restored; gives the chain up when any other is let go.</summary>
    internal void Release(ChainedActivation link)
    {
        if (_ended is not null) return;
        if (_links.Count == 0 || _links[^1] != link || !link.Restored)
        {
            End($"{link.Site} was dropped before it was restored");
            return;
        }
        _links.RemoveAt(_links.Count - 1);
        if (_links.Count > 0) link.StepDown(_buffer!);
        else End("every activation was restored and let go");
    }

    /// <summary>Gives everything up.</summary>
    /// <param name="reason">A clause for the errors of later calls.</param>
    internal void End(string reason)
    {
        _ended ??= reason;
        _buffer?.Dispose();
        _buffer = null;
        foreach (ChainedActivation link in _links) link.FreeCode();
        _links.Clear();
    }
}
