using System.Diagnostics.CodeAnalysis;
using LeanTune.Activations;
using LeanTune.Activations.Functions;
using LeanTune.Adapters;
using LeanTune.Models.Blocks;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Models;

/// <summary>
/// One micro-batch on its way through the blocks: positions, masks, dropout, and how activations are kept. Disposed after the
/// micro-batch's backward pass, which reads it again.
/// </summary>
public sealed class ForwardPass : IDisposable
{
    private readonly Dictionary<int, AttentionMask> _masks = [];
    private readonly Lazy<Tiling> _tiling;
    private readonly ChainState _chain = new();
    /// <summary>The default of <see cref="TileBytes"/>: 64 MiB, below which smaller tiles do not get faster.</summary>
    public const long DefaultTileBytes = 64L << 20;

    private readonly List<(ActivationSite Site, long Bytes)> _graphs = [];
    private readonly Dictionary<RowTile, (Tensor Cosine, Tensor Sine)> _tables = [];
    private readonly Tensor? _attended;

    /// <summary>Prepares tables and masks.</summary>
    /// <param name="config">The model's shapes.</param>
    /// <param name="ids">(B, T) int64. Borrowed.</param>
    /// <param name="dtype">Data type of the residual stream.</param>
    /// <param name="attended">(B, T) bool, false for padding that must not be seen; null where padding is on the right alone or absent,
    /// which causality hides by itself.</param>
    /// <param name="cache">Keys and values of earlier tokens, or null.</param>
    /// <param name="samples">Where rows hold several samples: the lengths of each row's, in order, padding behind the last. None sees another, and each counts its positions
    /// from 0. Null where a row is one sample.</param>
    /// <exception cref="ArgumentException">The ids are not (B, T), or there are none; or samples do not fit into them, or stand beside a mask or a cache.</exception>
    public ForwardPass(
        DecoderConfig config, Tensor ids, ScalarType dtype, Tensor? attended = null, IKvCache? cache = null, IReadOnlyList<IReadOnlyList<int>>? samples = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.dim() != 2) throw new ArgumentException($"Token ids must be (B, T); got {ids.dim()} dimensions.", nameof(ids));
        if (ids.NumberOfElements == 0) throw new ArgumentException($"Token ids must be (B, T) with at least one sequence of at least one token; got ({ids.shape[0]}, {ids.shape[1]}).", nameof(ids));
        (Batch, Tokens, Cache) = (ids.shape[0], ids.shape[1], cache);
        _tiling = new(() => Tiling.For(config, Batch, Tokens, dtype.ElementSize(), TileBytes));
        if (samples is not null && (attended is not null || cache is not null))
            throw new ArgumentException("Packed rows say by themselves what is seen: they go with neither a mask nor a cache.", nameof(samples));
        Packed = samples is null ? null : new PackedRows(samples, Batch, Tokens);
        long first = cache?.Length ?? 0;
        using (no_grad())
        {
            using Tensor counted = Packed is null ? arange(first, first + Tokens, ScalarType.Int64).unsqueeze_(0) : Packed.Positions(); // (1, T) or (1, N)
            using Tensor positions = counted.to(ids.device);
            (Cosine, Sine) = RotaryEmbedding.Tables(positions, RotaryEmbedding.Frequencies(config.Rotary, config.HeadWidth), dtype);
            Cosine.DetachFromDisposeScope();
            Sine.DetachFromDisposeScope();
            _attended = attended?.to(ScalarType.Bool, copy: true).DetachFromDisposeScope();
        }
    }

    /// <summary>B, sequences.</summary>
    public long Batch { get; }

    /// <summary>T, tokens of each sequence.</summary>
    public long Tokens { get; }

    /// <summary>(1, 1, T, D/2), the same for every row; of packed rows (1, 1, N, D/2).</summary>
    public Tensor Cosine { get; }

    /// <summary>As <see cref="Cosine"/>.</summary>
    public Tensor Sine { get; }

    /// <summary>Keys and values of earlier tokens, or null.</summary>
    public IKvCache? Cache { get; }

    /// <summary>Dropout of the adapters; null in evaluation.</summary>
    public DropoutMask? Dropout { get; init; }

    /// <summary>How blocks run and what they keep; null keeps everything, as plain autograd does.</summary>
    public ActivationPlan? Plan { get; init; }

    /// <summary>(N) bool, true for real tokens; null when all are. Borrowed.</summary>
    public Tensor? RowMask { get; init; }

    /// <summary>Random draws of the codecs by site; needed where <see cref="Plan"/> compresses.</summary>
    public Func<ActivationSite, IDraws>? Draws { get; init; }

    /// <summary>Counts what is kept, or null.</summary>
    public SavedBytes? Saved { get; init; }

    /// <summary>Bytes that the insides of one block may take while it is computed without graph or computed again; modes none and ops keep theirs anyway,
    /// and of blocks that share a checkpoint the insides of all exist at once in the backward pass.</summary>
    public long TileBytes { get; init; } = DefaultTileBytes;

    /// <summary>Which value of a norm sublayers keep.</summary>
    internal NormSave NormSave { get; init; } = NormSave.Normalized;

    /// <summary>How the insides of blocks are cut; null leaves it to <see cref="TileBytes"/>.</summary>
    [AllowNull]
    internal Tiling Tiling { get => field ?? _tiling.Value; init; }

    /// <summary>Where rows hold several samples: which; else null.</summary>
    internal PackedRows? Packed { get; }

    /// <summary>Groups of sequences that blocks compute one after another; a single one, all rows, with a cache.</summary>
    internal IReadOnlyList<RowTile> Groups => Cache is null ? Tiling.Groups(Batch, Tokens) : [new RowTile(0, Batch * Tokens)];

    /// <summary>The context of a tensor that is about to be kept.</summary>
    /// <exception cref="InvalidOperationException">The plan compresses, but the pass has no draws.</exception>
    internal SaveContext SaveAt(ActivationSite site) =>
        new(site, Draws?.Invoke(site) ?? throw new InvalidOperationException("A forward pass with an activation plan needs draws."), RowMask,
            site.Role == ActivationRole.BlockInput ? _chain : null);

    /// <summary>How a tensor that is coded alone, outside any chain, is kept.</summary>
    internal ActivationSaver SaverAt(ActivationSite site, IActivationCodec codec) => new(codec, SaveAt(site) with { Chain = null }, Saved);

    /// <summary>The mask that attention needs beside causality, or null when causality is all.</summary>
    /// <param name="window">How many of the last positions are seen, or null for all.</param>
    /// <param name="seen">S, keys at hand.</param>
    /// <returns>Owned by the pass.</returns>
    internal AttentionMask? MaskFor(int? window, long seen)
    {
        int limit = window is { } width && width < seen ? width : 0;
        // A single sequence without padding, or several tokens after cached ones, need an explicit mask too.
        bool afterCache = Tokens > 1 && seen > Tokens;
        if (limit == 0 && _attended is null && !afterCache) return null;
        if (!_masks.TryGetValue(limit, out AttentionMask? mask)) _masks[limit] = mask = AttentionMask.Make(_attended, Tokens, seen, limit, Cosine.device);
        return mask;
    }

    /// <summary>The mask that attention within one sample of packed rows needs beside causality, or null when causality is all.</summary>
    /// <param name="window">How many of the last positions are seen, or null for all.</param>
    /// <param name="tokens">Tokens of the sample.</param>
    /// <returns>(1, 1, t, t) bool, true where seen; in the current dispose scope.</returns>
    internal Tensor? MaskWithin(int? window, long tokens)
    {
        if (window is not { } limit || limit >= tokens) return null;
        // What is seen depends on distances alone: the longest sample's mask serves them all.
        if (!_masks.TryGetValue(limit, out AttentionMask? mask)) _masks[limit] = mask = AttentionMask.Make(null, Packed!.Longest, Packed.Longest, limit, Cosine.device);
        return mask.Of(0, 1, 1).narrow(2, 0, tokens).narrow(3, 0, tokens);
    }

    /// <summary>Cosines and sines of some rows' tokens. Owned by the pass, which the backward pass reads again.</summary>
    internal (Tensor Cosine, Tensor Sine) TablesOf(RowTile tile)
    {
        if (Packed is null) return (Cosine, Sine);
        if (!_tables.TryGetValue(tile, out (Tensor, Tensor) tables))
            _tables[tile] = tables = (Cosine.narrow(2, tile.First, tile.Rows).DetachFromDisposeScope(), Sine.narrow(2, tile.First, tile.Rows).DetachFromDisposeScope());
        return tables;
    }

    /// <summary>Notes what the graph of a block keeps; taken back when the pass ends, for the graph does not tell when it lets go.</summary>
    internal void NoteGraph(int block, long bytes)
    {
        (ActivationSite Site, long Bytes) noted = (new ActivationSite(block, ActivationRole.BlockInput), Math.Max(0, bytes));
        Saved!.Add(noted.Site, SavedBytes.Graph, noted.Bytes);
        _graphs.Add(noted);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((ActivationSite site, long bytes) in _graphs) Saved!.Remove(site, SavedBytes.Graph, bytes);
        _graphs.Clear();
        _chain.Dispose();
        foreach ((Tensor cosine, Tensor sine) in _tables.Values)
        {
            cosine.Dispose();
            sine.Dispose();
        }

        _tables.Clear();
        Cosine.Dispose();
        Sine.Dispose();
        _attended?.Dispose();
        foreach (AttentionMask mask in _masks.Values) mask.Dispose();
        _masks.Clear();
    }
}
