using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Models;

/// <summary>Which keys each query sees, where that is not causality alone.</summary>
internal sealed class AttentionMask : IDisposable
{
    private readonly Tensor _visible; // (B or 1, T, S)

    private AttentionMask(Tensor visible) => _visible = visible;

    /// <summary>Makes the mask of a micro-batch.</summary>
    /// <param name="attended">(B, T) bool, false for padding that must not be seen, or null. Borrowed.</param>
    /// <param name="tokens">T.</param>
    /// <param name="seen">S, keys at hand; the queries are the last T of them.</param>
    /// <param name="window">How many of the last positions are seen; 0 for all.</param>
    /// <param name="device">Where the mask goes.</param>
    public static AttentionMask Make(Tensor? attended, long tokens, long seen, int window, Device device)
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor queries = arange(seen - tokens, seen, ScalarType.Int64, device).unsqueeze(1); // (T, 1)
        Tensor keys = arange(seen, ScalarType.Int64, device).unsqueeze(0); // (1, S)
        Tensor visible = keys.le(queries); // (T, S)
        if (window > 0) visible = visible.logical_and(keys.gt(queries - window));
        Tensor mask = visible.unsqueeze(0); // (1, T, S)
        // A row that sees nothing would be undefined: padding sees itself.
        if (attended is not null) mask = mask.logical_and(attended.unsqueeze(1)).logical_or(keys.eq(queries)); // (B, T, S)
        return new AttentionMask(mask.contiguous().DetachFromDisposeScope());
    }

    /// <summary>The mask of some sequences.</summary>
    /// <param name="first">The first.</param>
    /// <param name="count">How many.</param>
    /// <param name="heads">Key/value heads that are folded into the batch.</param>
    /// <returns>(count·heads or 1, 1, T, S) bool, true where seen; in the current dispose scope.</returns>
    public Tensor Of(long first, long count, int heads)
    {
        if (_visible.shape[0] == 1) return _visible.unsqueeze(1); // (1, 1, T, S)
        (long tokens, long seen) = (_visible.shape[1], _visible.shape[2]);
        using Tensor sequences = _visible.narrow(0, first, count);
        using Tensor repeated = sequences.unsqueeze(1).expand(count, heads, tokens, seen); // (count, heads, T, S)
        return repeated.reshape(count * heads, 1, tokens, seen); // (count·heads, 1, T, S)
    }

    /// <inheritdoc/>
    public void Dispose() => _visible.Dispose();
}
