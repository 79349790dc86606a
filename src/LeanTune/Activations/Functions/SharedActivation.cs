using static TorchSharp.torch;

namespace LeanTune.Activations.Functions;

/// <summary>
/// A handle on one kept activation that several functions read in their backward passes: it is kept once, counted once, and freed with the
/// last handle.
/// </summary>
/// <remarks>Handles may be disposed in any order and from any thread; each is used by one thread at a time.</remarks>
public sealed class SharedActivation : SavedActivation
{
    private readonly Owner _owner;
    private bool _disposed;

    private SharedActivation(Owner owner) => _owner = owner;

    /// <inheritdoc/>
    public override long Bytes => _owner.Kept.Bytes;

    /// <inheritdoc/>
    public override string Kind => _owner.Kept.Kind;

    /// <inheritdoc/>
    public override IReadOnlyList<long> Shape => _owner.Kept.Shape;

    /// <summary>Where the activation stands.</summary>
    public ActivationSite Site => _owner.Site;

    internal override bool RestoresByView => _owner.Kept.RestoresByView;

    /// <summary>The ledger that counts it, or null.</summary>
    internal SavedBytes? Ledger => _owner.Ledger;

    /// <summary>The first handle on an activation.</summary>
    /// <param name="kept">What was kept. Taken over.</param>
    /// <param name="site">Where it stands.</param>
    /// <param name="ledger">Counts it until the last handle is disposed, or null.</param>
    public static SharedActivation Own(SavedActivation kept, ActivationSite site, SavedBytes? ledger = null)
    {
        ArgumentNullException.ThrowIfNull(kept);
        return new SharedActivation(new Owner(kept, site, ledger));
    }

    /// <summary>Another handle on the same activation; the caller disposes it.</summary>
    /// <exception cref="ObjectDisposedException">This handle was disposed.</exception>
    public SharedActivation Share()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _owner.Add();
        return new SharedActivation(_owner);
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">This handle was disposed.</exception>
    public override Tensor Restore(long firstRow, long rows)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _owner.Kept.Restore(firstRow, rows);
    }

    /// <inheritdoc/>
    public override bool TryGetFactors(out Tensor left, out Tensor right, out IReadOnlyList<RowTile> rows)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _owner.Kept.TryGetFactors(out left, out right, out rows);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_disposed) return;
        _disposed = true;
        _owner.Remove();
    }

    private sealed class Owner
    {
        private readonly long _bytes;
        private int _handles = 1;

        public Owner(SavedActivation kept, ActivationSite site, SavedBytes? ledger)
        {
            (Kept, Site, Ledger, _bytes) = (kept, site, ledger, kept.Bytes);
            if (_bytes > 0) ledger?.Add(site, kept.Kind, _bytes);
        }

        public SavedActivation Kept { get; }

        public ActivationSite Site { get; }

        public SavedBytes? Ledger { get; }

        public void Add() => Interlocked.Increment(ref _handles);

        public void Remove()
        {
            if (Interlocked.Decrement(ref _handles) > 0) return;
            if (_bytes > 0) Ledger?.Remove(Site, Kept.Kind, _bytes);
            Kept.Dispose();
        }
    }
}
