using LeanTune.Activations.Codecs.Residual;
using LeanTune.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs;

/// <summary>One step of a chain: the code of an activation's difference to the decoded one before, or the chain's beginning.</summary>
internal sealed class ChainedActivation : SavedActivation
{
    private readonly ChainState _chain;
    private readonly RowRuns _rows;
    private readonly ScalarType _type;
    private ResidualCode? _code;
    private bool _released;

    /// <param name="chain">The chain, whose buffer stands at this activation already.</param>
    /// <param name="site">Where the activation stands.</param>
    /// <param name="activation">Gives shape and data type.</param>
    /// <param name="rows">The rows that take part.</param>
    /// <param name="code">Taken over; null for the first activation of the chain, which is the buffer itself.</param>
    public ChainedActivation(ChainState chain, ActivationSite site, Tensor activation, RowRuns rows, ResidualCode? code)
    {
        (_chain, Site, _rows, _code) = (chain, site, rows, code);
        (_type, Shape) = (activation.dtype, activation.shape);
        Bytes = code?.Bytes ?? chain.Bytes + rows.Bytes;
        Rank = code?.Rank;
        Kind = code is null ? SavedBytes.Chain : SavedBytes.Codes;
    }

    public ActivationSite Site { get; }

    /// <summary>Whether the backward pass has asked for it.</summary>
    public bool Restored { get; private set; }

    public override long Bytes { get; }

    public override string Kind { get; }

    public override IReadOnlyList<long> Shape { get; }

    internal override int? Rank { get; }

    /// <summary>Rows of the chain's buffer: shared memory, good until this object is disposed, for an fp32 activation; else a converted copy.</summary>
    public override Tensor Restore(long firstRow, long rows)
    {
        CheckRows(firstRow, rows, _rows.Population);
        if (_released) throw new ObjectDisposedException(Site.ToString(), $"{Site} was restored before and is let go: a chain serves one backward pass. Run the forward pass again.");
        using var noGrad = no_grad();
        using Tensor part = _chain.Read(this).narrow(0, firstRow, rows);
        Restored = true;
        return part.dtype == _type ? part.detach() : part.to(_type);
    }

    /// <summary>Takes the decoded difference out of the buffer, which then holds the activation before, and frees the code.</summary>
    public void StepDown(Tensor buffer)
    {
        using var noGrad = no_grad();
        ResidualDecoder.AddTo(buffer, _code!, _rows, -1);
        FreeCode();
    }

    public void FreeCode()
    {
        _code?.Dispose();
        _code = null;
    }

    protected override void Dispose(bool disposing)
    {
        if (_released) return;
        _released = true;
        _chain.Release(this);
        FreeCode();
    }
}
