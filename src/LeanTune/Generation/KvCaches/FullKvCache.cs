using LeanTune.Models;
using static TorchSharp.torch;

namespace LeanTune.Generation.KvCaches;

/// <summary>Keeps every key and value in full: one growing buffer a block, doubled when it is full.</summary>
public sealed class FullKvCache : IKvCache, IDisposable
{
    private readonly (Tensor Key, Tensor Value)?[] _buffers;
    private readonly int[] _lengths;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="blocks">Blocks of the model.</param>
    public FullKvCache(int blocks)
    {
        _buffers = new (Tensor, Tensor)?[blocks];
        _lengths = new int[blocks];
    }

    /// <inheritdoc/>
    public int Length => _lengths[^1];

    /// <summary>Bytes of native memory held.</summary>
    public long Bytes => _buffers.Sum(buffer => buffer is { } b ? 2 * b.Key.NumberOfElements * b.Key.ElementSize : 0);

    /// <inheritdoc/>
    public (Tensor Key, Tensor Value) Append(int block, Tensor key, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        using IDisposable quiet = no_grad();
        int before = _lengths[block], after = before + (int)key.shape[2];
        (Tensor keys, Tensor values) = Room(block, key, after);
        keys.narrow(2, before, after - before).copy_(key);
        values.narrow(2, before, after - before).copy_(value);
        _lengths[block] = after;
        return (keys.narrow(2, 0, after), values.narrow(2, 0, after)); // (B, Hkv, S, D)
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int block = 0; block < _buffers.Length; block++) Free(block);
    }

    private (Tensor Key, Tensor Value) Room(int block, Tensor key, int tokens)
    {
        if (_buffers[block] is { } held && held.Key.shape[2] >= tokens) return held;
        long capacity = Math.Max(64, Math.Max(tokens, 2L * (_buffers[block]?.Key.shape[2] ?? 0)));
        long[] shape = [key.shape[0], key.shape[1], capacity, key.shape[3]];
        (Tensor Key, Tensor Value) grown = (
            empty(shape, key.dtype, key.device).DetachFromDisposeScope(), empty(shape, key.dtype, key.device).DetachFromDisposeScope());
        if (_buffers[block] is { } old)
        {
            grown.Key.narrow(2, 0, old.Key.shape[2]).copy_(old.Key);
            grown.Value.narrow(2, 0, old.Value.shape[2]).copy_(old.Value);
            Free(block);
        }

        _buffers[block] = grown;
        return grown;
    }

    private void Free(int block)
    {
        _buffers[block]?.Key.Dispose();
        _buffers[block]?.Value.Dispose();
        _buffers[block] = null;
    }
}
