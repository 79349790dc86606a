using LeanTune.Adapters;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Models.Blocks;

/// <summary>Causal self-attention with grouped queries, rotary positions and, in some families, normalised queries and keys.</summary>
public sealed class Attention
{
    private readonly int _heads, _keyValueHeads, _headWidth;
    private readonly int? _window;
    private readonly bool _rotated;

    /// <summary>Puts the parts together.</summary>
    /// <param name="config">Shapes of the model.</param>
    /// <param name="block">Index of the block: windows and rotation may differ by block.</param>
    /// <param name="query">(H·D, C).</param>
    /// <param name="key">(Hkv·D, C).</param>
    /// <param name="value">(Hkv·D, C).</param>
    /// <param name="output">(C, H·D).</param>
    /// <param name="queryNorm">Over D, or null.</param>
    /// <param name="keyNorm">Over D, or null.</param>
    public Attention(DecoderConfig config, int block, LoraLinear query, LoraLinear key, LoraLinear value, LoraLinear output, RmsNorm? queryNorm, RmsNorm? keyNorm)
    {
        ArgumentNullException.ThrowIfNull(config);
        _heads = config.Heads;
        _keyValueHeads = config.KeyValueHeads;
        _headWidth = config.HeadWidth;
        _window = config.Windows[block];
        _rotated = config.Rotated[block];
        (Query, Key, Value, Output, QueryNorm, KeyNorm) = (query, key, value, output, queryNorm, keyNorm);
    }

    /// <summary>The queries' projection.</summary>
    public LoraLinear Query { get; }

    /// <summary>The keys' projection.</summary>
    public LoraLinear Key { get; }

    /// <summary>The values' projection.</summary>
    public LoraLinear Value { get; }

    /// <summary>The output's projection.</summary>
    public LoraLinear Output { get; }

    /// <summary>Norm of each query head, or null.</summary>
    public RmsNorm? QueryNorm { get; }

    /// <summary>Norm of each key head, or null.</summary>
    public RmsNorm? KeyNorm { get; }

    /// <summary>Applies attention within each sequence of the pass.</summary>
    /// <param name="input">(N, C).</param>
    /// <param name="pass">Positions, masks and the cache.</param>
    /// <param name="block">Index of the block, for the cache.</param>
    /// <returns>(N, C); the caller disposes it.</returns>
    public Tensor Forward(Tensor input, ForwardPass pass, int block)
    {
        ArgumentNullException.ThrowIfNull(pass);
        using DisposeScope scope = NewDisposeScope();
        Tensor query = Heads(Query.Forward(input, pass.Dropout), pass, _heads, QueryNorm, _rotated);
        Tensor key = Heads(Key.Forward(input, pass.Dropout), pass, _keyValueHeads, KeyNorm, _rotated);
        Tensor value = Heads(Value.Forward(input, pass.Dropout), pass, _keyValueHeads, null, rotate: false);
        if (pass.Cache is { } cache) (key, value) = cache.Append(block, key, value);
        Tensor? mask = pass.MaskFor(_window, key.shape[2], _keyValueHeads);
        // One query against the cache sees all of it: only longer stretches are causal.
        bool causal = mask is null && pass.Tokens > 1;
        int group = _heads / _keyValueHeads;
        (long folded, long seen) = (pass.Batch * _keyValueHeads, key.shape[2]);
        // Key and value heads join the batch, so that their group of queries reads them through a stride of 0: nothing is repeated.
        Tensor mixed = nn.functional.scaled_dot_product_attention(
            query.reshape(folded, group, pass.Tokens, _headWidth), // (B·Hkv, G, T, D)
            key.reshape(folded, 1, seen, _headWidth).expand(folded, group, seen, _headWidth), // (B·Hkv, G, S, D)
            value.reshape(folded, 1, seen, _headWidth).expand(folded, group, seen, _headWidth), // (B·Hkv, G, S, D)
            mask, p: 0, is_casual: causal);
        Tensor joined = mixed.view(pass.Batch, _heads, pass.Tokens, _headWidth) // (B, H, T, D)
            .transpose(1, 2).reshape(pass.Batch * pass.Tokens, _heads * _headWidth); // (N, H·D)
        return Output.Forward(joined, pass.Dropout).MoveToOuterDisposeScope();
    }

    private Tensor Heads(Tensor projected, ForwardPass pass, int heads, RmsNorm? norm, bool rotate)
    {
        Tensor split = projected.view(pass.Batch, pass.Tokens, heads, _headWidth); // (B, T, H, D)
        if (norm is not null) split = norm.Forward(split);
        Tensor byHead = split.transpose(1, 2); // (B, H, T, D)
        return rotate ? RotaryEmbedding.Rotate(byHead, pass.Cosine, pass.Sine) : byHead.contiguous();
    }
}
