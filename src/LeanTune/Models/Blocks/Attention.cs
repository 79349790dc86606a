using LeanTune.Activations;
using LeanTune.Activations.Functions;
using LeanTune.Adapters;
using LeanTune.Native;
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

    /// <summary>Applies attention within each sequence, or each sample, of the rows: all of it, or what some of the heads add to it.</summary>
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
        Tensor query = Heads(Project(Query, queryFirst, queryWidth), pass, part.Rows, QueryNorm, _rotated);
        Tensor key = Heads(Project(Key, first * width, heads * width), pass, part.Rows, KeyNorm, _rotated);
        Tensor value = Heads(Project(Value, first * width, heads * width), pass, part.Rows, null, rotate: false);
        if (pass.Cache is { } cache) (key, value) = cache.Append(_block, key, value);
        Tensor joined = Join(Mix(query, key, value, pass, part), part.Rows.Rows); // (n, H·D)
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
        Tensor query = Heads(projected[0], pass, whole.Rows, QueryNorm, _rotated, Saver(2)), key = Heads(projected[1], pass, whole.Rows, KeyNorm, _rotated, Saver(3));
        Tensor value = Heads(projected[2], pass, whole.Rows, null, rotate: false);
        List<Tensor> mixed = Mix(query, key, value, pass, whole); // (b, t, Hkv, G, D) each
        long logSumExp = sizeof(float) * query.NumberOfElements / _headWidth;
        long bytes = ((query.NumberOfElements + key.NumberOfElements + value.NumberOfElements) * query.ElementSize) + mixed.Sum(TensorStorage.Bytes) + logSumExp;
        using SharedActivation keptMixed = SharedActivation.Own(
            new StridedActivation([.. mixed.Select(each => each.detach().DetachFromDisposeScope())], bytes), new ActivationSite(_block, ActivationRole.LinearInput), pass.Saved);
        return LoraLinear.Forward(Join(mixed, normed.shape[0]), [Output], pass.Dropout, keptMixed)[0].MoveToOuterDisposeScope();
    }

    /// <summary>softmax(query · keyᵀ / √D) · value within each sequence, or within each sample of packed rows.</summary>
    /// <returns>The mixed values in the order of tokens, as views: all sequences, (b, T, Hkv, G, D), or one sample after another, (1, t, Hkv, G, D).</returns>
    private List<Tensor> Mix(Tensor query, Tensor key, Tensor value, ForwardPass pass, SublayerPart part)
    {
        if (pass.Packed is { } packed) return MixSamples(query, key, value, packed.Within(part.Rows), pass);
        long sequences = part.Rows.Rows / pass.Tokens;
        Tensor? mask = pass.MaskFor(_window, key.shape[2])?.Of(part.Rows.First / pass.Tokens, sequences, part.Heads);
        // One query against the cache sees all of it: only longer stretches are causal.
        return [Mix(query, key, value, mask, causal: mask is null && pass.Tokens > 1)];
    }

    /// <summary>Each sample by itself, on views of the rows' queries, keys and values: no mask keeps samples apart, and nothing between them is computed.</summary>
    private List<Tensor> MixSamples(Tensor query, Tensor key, Tensor value, IReadOnlyList<PackedSample> samples, ForwardPass pass)
    {
        long[] lengths = [.. samples.Select(sample => sample.Tokens)];
        Tensor[] queries = query.split(lengths, 2), keys = key.split(lengths, 2), values = value.split(lengths, 2); // (1, H, t, D) each
        List<Tensor> mixed = [];
        for (int i = 0; i < samples.Count; i++)
        {
            if (samples[i].IsPadding)
            {
                long heads = key.shape[1];
                mixed.Add(zeros(1, query.dtype, query.device).expand(1, lengths[i], heads, _group, _headWidth)); // nothing reads it
                continue;
            }

            Tensor? mask = pass.MaskWithin(_window, lengths[i]);
            mixed.Add(Mix(queries[i], keys[i], values[i], mask, causal: mask is null));
        }

        return mixed;
    }

    /// <summary>Attention of (b, H, T, D) over (b, Hkv, S, D).</summary>
    /// <returns>(b, T, Hkv, G, D), a view of (b·Hkv, G, T, D).</returns>
    private Tensor Mix(Tensor query, Tensor key, Tensor value, Tensor? mask, bool causal)
    {
        (long batch, long heads, long tokens, long seen, long width) = (key.shape[0], key.shape[1], query.shape[2], key.shape[2], _headWidth);
        long folded = batch * heads;
        // Key and value heads join the batch, so that their group of queries reads them through a stride of 0: nothing is repeated.
        Tensor mixed = nn.functional.scaled_dot_product_attention(
            query.reshape(folded, _group, tokens, width), // (b·Hkv, G, T, D)
            key.reshape(folded, 1, seen, width).expand(folded, _group, seen, width), // (b·Hkv, G, S, D)
            value.reshape(folded, 1, seen, width).expand(folded, _group, seen, width), // (b·Hkv, G, S, D)
            mask, p: 0, is_casual: causal);
        return mixed.view(batch, heads, _group, tokens, width).permute(0, 3, 1, 2, 4); // (b, T, Hkv, G, D)
    }

    /// <summary>Mixed values one after another, with a token's heads side by side: (n, H·D).</summary>
    private static Tensor Join(List<Tensor> mixed, long rows) => (mixed is [Tensor only] ? only : cat(mixed, 1)).reshape(rows, -1);

    /// <summary>Divides projected rows into heads, (b, H, T, D); packed rows count as one long one, (1, H, n, D).</summary>
    private Tensor Heads(Tensor projected, ForwardPass pass, RowTile rows, RmsNorm? norm, bool rotate, ActivationSaver? saver = null)
    {
        long heads = projected.shape[1] / _headWidth, tokens = pass.Packed is null ? pass.Tokens : rows.Rows;
        Tensor split = projected.view(rows.Rows / tokens, tokens, heads, _headWidth); // (b, T, H, D)
        if (norm is not null) split = saver is { } kept ? CompressedRmsNorm.Apply(split, norm.Weight, norm.Epsilon, kept) : norm.Forward(split);
        Tensor byHead = split.transpose(1, 2); // (b, H, T, D)
        (Tensor cosine, Tensor sine) = pass.TablesOf(rows);
        Tensor laidOut = rotate ? RotaryEmbedding.Rotate(byHead, cosine, sine) : byHead.contiguous();
        projected.Dispose(); // without a graph it is let go here
        return laidOut;
    }
}
