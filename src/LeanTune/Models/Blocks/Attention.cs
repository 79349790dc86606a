using LeanTune.Activations;
using LeanTune.Activations.Functions;
using LeanTune.Adapters;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Models.Blocks;

/// <summary>Causal self-attention with grouped queries, rotary positions and, in some families, normalised queries and keys.</summary>
internal sealed class Attention : ISublayer
{
    private readonly int _block, _group, _keyValueHeads, _headWidth;
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
        _block = block;
        _group = config.Heads / config.KeyValueHeads;
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

    SublayerPart ISublayer.Whole(RowTile tile) => new(tile, 0, _keyValueHeads);

    IReadOnlyList<SublayerPart> ISublayer.Parts(RowTile tile, ForwardPass pass) =>
    [
        .. new RowTile(0, _keyValueHeads).Cut(pass.Cache is null ? pass.Tiling.Heads : _keyValueHeads)
            .Select(heads => new SublayerPart(tile, (int)heads.First, (int)heads.Rows)),
    ];

    Tensor ISublayer.Forward(Tensor normed, ForwardPass pass, SublayerPart part) => Forward(normed, pass, part);

    /// <summary>Applies attention within each sequence of the rows: all of it, or what some of the heads add to it.</summary>
    /// <param name="input">(n, C), whole sequences. Borrowed.</param>
    /// <param name="pass">Positions, masks and the cache.</param>
    /// <param name="part">Which sequences, as rows, and which heads.</param>
    /// <returns>(n, C); the caller disposes it.</returns>
    private Tensor Forward(Tensor input, ForwardPass pass, SublayerPart part)
    {
        using DisposeScope scope = NewDisposeScope();
        (long first, long heads, long width) = (part.FirstHead, part.Heads, _headWidth);
        (long queryFirst, long queryWidth) = (first * _group * width, heads * _group * width);
        DropoutMask? dropout = pass.Dropout?.At(part.Rows.First);
        Tensor Project(LoraLinear linear, long from, long count) => linear.ForwardOutputs(input, from, count, dropout);
        Tensor query = Heads(Project(Query, queryFirst, queryWidth), pass, QueryNorm, _rotated);
        Tensor key = Heads(Project(Key, first * width, heads * width), pass, KeyNorm, _rotated);
        Tensor value = Heads(Project(Value, first * width, heads * width), pass, null, rotate: false);
        if (pass.Cache is { } cache) (key, value) = cache.Append(_block, key, value);
        Tensor joined = ByToken(Mix(query, key, value, pass, part), part).reshape(part.Rows.Rows, queryWidth); // (n, H·D)
        return Output.ForwardInputs(joined, queryFirst, dropout).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Keeps queries, keys, values, the mixed values and their log-sum-exp as libtorch's attention does, exactly; the output's projection reads the
    /// mixed values from there.
    /// </summary>
    Tensor ISublayer.ForwardKept(Tensor normed, SharedActivation kept, IActivationCodec inside, ForwardPass pass)
    {
        using DisposeScope scope = NewDisposeScope();
        SublayerPart whole = new(new RowTile(0, normed.shape[0]), 0, _keyValueHeads);
        Tensor[] projected = LoraLinear.Forward(normed, [Query, Key, Value], pass.Dropout, kept);
        ActivationSaver Saver(int ordinal) => pass.SaverAt(new ActivationSite(_block, ActivationRole.Normalized, ordinal), inside);
        Tensor query = Heads(projected[0], pass, QueryNorm, _rotated, Saver(2)), key = Heads(projected[1], pass, KeyNorm, _rotated, Saver(3));
        Tensor value = Heads(projected[2], pass, null, rotate: false);
        Tensor byToken = ByToken(Mix(query, key, value, pass, whole), whole); // (B, T, Hkv, G, D)
        long logSumExp = sizeof(float) * query.NumberOfElements / _headWidth;
        long bytes = ((query.NumberOfElements + key.NumberOfElements + value.NumberOfElements + byToken.NumberOfElements) * query.ElementSize) + logSumExp;
        using SharedActivation mixed = SharedActivation.Own(
            new StridedActivation(byToken.detach().DetachFromDisposeScope(), bytes), new ActivationSite(_block, ActivationRole.LinearInput), pass.Saved);
        Tensor joined = byToken.reshape(normed.shape[0], query.NumberOfElements / normed.shape[0]); // (N, H·D)
        return LoraLinear.Forward(joined, [Output], pass.Dropout, mixed)[0].MoveToOuterDisposeScope();
    }

    /// <summary>softmax(query · keyᵀ / √D) · value within each sequence.</summary>
    /// <returns>(b·Hkv, G, T, D).</returns>
    private Tensor Mix(Tensor query, Tensor key, Tensor value, ForwardPass pass, SublayerPart part)
    {
        (long width, long sequences, long seen) = (_headWidth, part.Rows.Rows / pass.Tokens, key.shape[2]);
        Tensor? mask = pass.MaskFor(_window, seen)?.Of(part.Rows.First / pass.Tokens, sequences, part.Heads);
        // One query against the cache sees all of it: only longer stretches are causal.
        bool causal = mask is null && pass.Tokens > 1;
        long folded = sequences * part.Heads;
        // Key and value heads join the batch, so that their group of queries reads them through a stride of 0: nothing is repeated.
        return nn.functional.scaled_dot_product_attention(
            query.reshape(folded, _group, pass.Tokens, width), // (b·Hkv, G, T, D)
            key.reshape(folded, 1, seen, width).expand(folded, _group, seen, width), // (b·Hkv, G, S, D)
            value.reshape(folded, 1, seen, width).expand(folded, _group, seen, width), // (b·Hkv, G, S, D)
            mask, p: 0, is_casual: causal);
    }

    /// <summary>The mixed values in the order of tokens: a view, (b, T, Hkv, G, D), of (b·Hkv, G, T, D).</summary>
    private static Tensor ByToken(Tensor mixed, SublayerPart part)
    {
        (long group, long tokens, long width) = (mixed.shape[1], mixed.shape[2], mixed.shape[3]);
        return mixed.view(mixed.shape[0] / part.Heads, part.Heads, group, tokens, width).permute(0, 3, 1, 2, 4); // (b, T, Hkv, G, D)
    }

    private Tensor Heads(Tensor projected, ForwardPass pass, RmsNorm? norm, bool rotate, ActivationSaver? saver = null)
    {
        long heads = projected.shape[1] / _headWidth;
        Tensor split = projected.view(projected.shape[0] / pass.Tokens, pass.Tokens, heads, _headWidth); // (b, T, H, D)
        if (norm is not null) split = saver is { } kept ? CompressedRmsNorm.Apply(split, norm.Weight, norm.Epsilon, kept) : norm.Forward(split);
        Tensor byHead = split.transpose(1, 2); // (b, H, T, D)
        Tensor laidOut = rotate ? RotaryEmbedding.Rotate(byHead, pass.Cosine, pass.Sine) : byHead.contiguous();
        projected.Dispose(); // without a graph it is let go here
        return laidOut;
    }
}
