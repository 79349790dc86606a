using LeanTune.Activations;
using LeanTune.Losses;
using LeanTune.Models;
using LeanTune.Models.Blocks;
using TorchSharp;

namespace LeanTune.Planning;

/// <summary>
/// Expected activation memory of a step: the step is walked through on paper, block by block forward and backward, and every tensor
/// is counted where the code allocates and frees it.
/// </summary>
/// <remarks>What matters for the peak is how late blocks are: when one runs backward, those behind it have let go of theirs.</remarks>
internal sealed class StepMemory
{
    /// <summary>Statistics, indices and other small change.</summary>
    private const long Workspace = 1L << 20;

    /// <summary>Gate, up, their gradient, σ, silu, its slope and one product more.</summary>
    private const long OpsTileTensors = 7;

    /// <summary>Products with a long vocabulary are summed in several parts, whose buffers libtorch keeps; beyond the limit there are no more of them.</summary>
    private const long BytesOfVocabularyEntry = 110, MostVocabularyBytes = 6L << 20;

    private readonly AdaptedShape _shape;
    private readonly StepWork _work;
    private readonly ActivationPlan _plan;
    private readonly Tiling _tiling;
    private readonly MemoryTape _tape = new();
    private readonly int _size;
    private readonly long _stream, _rows, _group, _tileBytes;
    private readonly List<Action> _backward = []; // in forward order
    private long _kept;
    private bool _chainBegun;

    private StepMemory(AdaptedShape shape, StepWork work, ActivationPlan plan, long tileBytes)
    {
        (_shape, _work, _plan, _rows, _tileBytes) = (shape, work, plan, work.Rows, tileBytes);
        _size = (int)work.Dtype.ElementSize();
        _stream = _rows * shape.Config.Width * _size;
        _tiling = Tiling.For(shape.Config, work.Batch, work.Tokens, _size, tileBytes);
        _group = Math.Min(_tiling.Sequences, work.Batch) * work.Tokens;
    }

    /// <summary>Walks through a step.</summary>
    /// <param name="shape">Model and adapters.</param>
    /// <param name="work">The micro-batch.</param>
    /// <param name="plan">How every block runs.</param>
    /// <param name="tileBytes">Bytes that the insides of one block may take.</param>
    public static ActivationMemory Of(AdaptedShape shape, StepWork work, ActivationPlan plan, long tileBytes = ForwardPass.DefaultTileBytes) =>
        new StepMemory(shape, work, plan, tileBytes).Walk();

    private bool Cut => _group < _rows;

    private ActivationMemory Walk()
    {
        DecoderConfig config = _shape.Config;
        _tape.Take(Workspace);
        long tables = (_work.Packed ? _rows : _work.Tokens) * config.HeadWidth * _size;
        _tape.Take(tables + Masks());
        _tape.Take(_stream); // embeddings
        for (int block = 0; block < config.Blocks;)
        {
            int shared = _plan.Layers[block] is { Mode: ActivationMode.Layer } ? _plan.SharedFrom(block) : 1;
            Forward(block, shared);
            block += shared;
        }

        long kept = _kept;
        Loss();
        for (int i = _backward.Count - 1; i >= 0; i--) _backward[i]();
        return new ActivationMemory(kept, _tape.Peak, _tape.PeakMoment, LogitsChunk(), Math.Max(0, _tape.Peak - kept));
    }

    private void Forward(int block, int shared)
    {
        LayerPlan layer = _plan.Layers[block];
        BlockShape shape = new(_shape, block, _size);
        HalfMemory[] halves = [shape.Attention, shape.Mlp];
        switch (layer.Mode)
        {
            case ActivationMode.Layer:
                Checkpointed(block, layer.Codec, [.. Enumerable.Range(0, shared).SelectMany(_ => halves)]);
                break;
            case ActivationMode.Sublayer when layer.Codec.Chained:
                Checkpointed(block, layer.Codec, [halves[0]]);
                Checkpointed(block, layer.Codec, [halves[1]]);
                break;
            case ActivationMode.Sublayer:
                Normed(block, layer.Codec, halves[0]);
                Normed(block, layer.Codec, halves[1]);
                break;
            case ActivationMode.Ops:
                Ops(block, layer.Codec, shape);
                break;
            default:
                Plain(block, shape);
                break;
        }
    }

    /// <summary>The residual stream before the halves is kept by the codec; the rest is computed again.</summary>
    private void Checkpointed(int block, IActivationCodec codec, HalfMemory[] halves)
    {
        CodecBytes bytes = codec.Expect(_rows, _shape.Config.Width, _work.Dtype);
        _tape.Touch(_stream + ForwardOfTile(halves.Length), StepMoment.Forward);
        _tape.Take(_stream); // the output
        long kept;
        if (bytes.Shared > 0 && !_chainBegun)
        {
            _chainBegun = true;
            kept = bytes.Shared;
            _tape.Take(kept, StepMoment.Encode);
        }
        else
        {
            kept = bytes.Kept;
            _tape.Touch(kept + bytes.Working, StepMoment.Encode);
            _tape.Take(kept, StepMoment.Encode);
        }

        _kept += kept;
        _tape.Free(_stream); // the input: an exact codec keeps it, and counts it
        bool shares = codec.Lossless || (bytes.Shared > 0 && _size == sizeof(float)); // rows come back as views
        _backward.Add(() =>
        {
            bool first = block == 0 && halves.Length != 1 && _shape.TokenNumbers == 0; // whose input no one asks a gradient of
            if (Cut && !first) _tape.Take(_stream, StepMoment.Backward); // the input's gradient
            long tile = BackwardOfTile(halves, shares);
            _tape.Touch(tile, StepMoment.Backward);
            if (!Cut && !first) _tape.Take(_stream, StepMoment.Backward);
            _tape.Free(_stream); // the output's gradient
            if (bytes.Shared > 0) _tape.Touch(kept / 4, StepMoment.Backward); // decoded directions, to take the buffer a block back
            _tape.Free(kept);
        });
    }

    /// <summary>The normalised value is kept by the codec, and its statistics; the rest of the half is computed again.</summary>
    private void Normed(int block, IActivationCodec codec, HalfMemory half)
    {
        CodecBytes bytes = codec.Expect(_rows, _shape.Config.Width, _work.Dtype);
        long kept = bytes.Kept + (_rows * sizeof(float));
        _tape.Touch((2 * _stream) + bytes.Kept + bytes.Working, StepMoment.Encode); // normalised, and times the weight
        _tape.Touch(kept + (3 * _stream) + ForwardOfTile(1), StepMoment.Forward);
        _tape.Take(_stream + kept);
        _kept += kept;
        _tape.Free(_stream);
        _backward.Add(() =>
        {
            // Restored, times the weight, and the gradient of that, tile by tile; a tile's normed rows are a view of those.
            long restored = codec.Lossless ? 0 : _stream, view = (long)(_group * (double)_shape.Config.Width * _size);
            _tape.Touch(restored + _stream + (Cut ? _stream : 0) + BackwardOfTile([half], shares: true) - view, StepMoment.Backward);
            _tape.Touch(restored + (3 * _stream), StepMoment.Backward); // through the norm
            _tape.Free(kept);
        });
    }

    /// <summary>Nothing is computed again but functions of single elements.</summary>
    private void Ops(int block, IActivationCodec codec, BlockShape shape)
    {
        DecoderConfig config = _shape.Config;
        long stream = 2 * codec.Expect(_rows, config.Width, _work.Dtype).Kept;
        IActivationCodec within = codec.Lossless ? codec : new Activations.Codecs.EightBit();
        long inside = 2 * within.Expect(_rows, config.FeedForward, _work.Dtype).Kept;
        if (config.QueryKeyNorm)
            inside += within.Expect(_rows * (config.Heads + config.KeyValueHeads), config.HeadWidth, _work.Dtype).Kept;
        long kept = stream + inside + (long)(_rows * shape.OpsExact), feed = (long)(_rows * shape.Feed);
        _tape.Touch(kept + (2 * _stream) + (3 * feed), StepMoment.Forward); // middle, normed; gate, up and their product
        _tape.Take(_stream + kept);
        _kept += kept;
        _tape.Free(_stream);
        _backward.Add(() =>
        {
            // Gradients of the product, gate and up, and what a tile of them is made of.
            long tile = OpsTileTensors * sizeof(float) * Math.Min(Activations.Functions.CompressedSiluMul.TileElements, _rows * config.FeedForward);
            _tape.Touch((3 * feed) + _stream + tile, StepMoment.Backward);
            _tape.Free(kept);
        });
    }

    /// <summary>Everything is kept, as plain autograd does.</summary>
    private void Plain(int block, BlockShape shape)
    {
        bool keepsInput = block > 0 || _shape.TrainsAll;
        long middle = _stream;
        long attention = (long)(_rows * shape.Attention.Graph), mlp = (long)(_rows * shape.Mlp.Graph);
        long input = keepsInput ? _stream : 0;
        _tape.Take(attention + middle + mlp + _stream);
        _tape.Touch(_stream, StepMoment.Forward);
        if (!keepsInput) _tape.Free(_stream);
        _kept += attention + mlp + middle + input;
        _backward.Add(() =>
        {
            _tape.Touch(_stream + (long)(_rows * shape.Mlp.Backward), StepMoment.Backward);
            _tape.Free(mlp + middle);
            _tape.Touch(_stream + (long)(_rows * shape.Attention.Backward), StepMoment.Backward);
            _tape.Free(attention + input);
        });
    }

    /// <summary>Final norm, logits and their gradient, a chunk of supervised tokens at a time; then the gradient of the last hidden states.</summary>
    private void Loss()
    {
        DecoderConfig config = _shape.Config;
        long gathered = _work.Supervised * config.Width * _size;
        long head = _shape.TrainsAll ? (long)config.Vocabulary * config.Width * sizeof(float) : _shape.TokenNumbers * sizeof(float);
        _tape.Take(gathered + head, StepMoment.Loss);
        _tape.Touch(LogitsChunk(), StepMoment.Loss);
        _tape.Free(_stream); // the hidden states
        _tape.Take(_stream, StepMoment.Loss); // their gradient
        _tape.Touch(_shape.TrainsAll ? head : 0, StepMoment.Loss);
        _tape.Free(gathered + head);
    }

    private long LogitsChunk()
    {
        DecoderConfig config = _shape.Config;
        long chunk = Math.Min(_work.Supervised, ChunkedCrossEntropy.ChunkRows(config.Vocabulary, Math.Min(ChunkedCrossEntropy.DefaultChunkBytes, _tileBytes)));
        long narrow = _size == sizeof(float) ? 0 : 2L * config.Vocabulary * _size; // as they come from the product, and as their gradient goes into one
        long wide = 4L * config.Width * sizeof(float); // rows through the norm and back
        long sums = Math.Min(MostVocabularyBytes, config.Vocabulary * BytesOfVocabularyEntry);
        return sums + (chunk * ((config.Vocabulary * sizeof(float)) + narrow + wide));
    }

    /// <summary>Insides of a segment for one group of sequences, computed without graph.</summary>
    private long ForwardOfTile(int halves)
    {
        BlockShape shape = new(_shape, 0, _size);
        double attention = shape.Attention.Forward, mlp = shape.Mlp.Forward;
        double shareOfHeads = Share(_tiling.Heads, _shape.Config.KeyValueHeads), shareOfRows = Share(_tiling.FeedRows, _group);
        if (shareOfHeads < 1) attention = shape.Width + SumOfParts(shape.Attention) + ((attention - shape.Width) * shareOfHeads) + shape.Width;
        if (shareOfRows < 1) mlp = (2 * shape.Width) + (mlp * shareOfRows);
        return (long)(_group * (Math.Max(attention, mlp) + (halves > 1 ? shape.Width : 0)));
    }

    /// <summary>Insides of a segment for one group of sequences, computed again and run backward, beside the gradients of the whole stream.</summary>
    private long BackwardOfTile(HalfMemory[] halves, bool shares)
    {
        double width = (double)_shape.Config.Width * _size;
        double live = shares ? 0 : width; // the group's rows, rebuilt
        double peak = 0;
        for (int i = 0; i + 1 < halves.Length; i++)
        {
            live += width + (IsParted(halves[i]) ? 0 : halves[i].Graph);
            peak = Math.Max(peak, live);
        }

        for (int i = halves.Length - 1; i >= 0; i--)
        {
            bool last = i == halves.Length - 1;
            HalfMemory half = halves[i];
            double above = last ? 0 : width; // its gradient
            if (IsParted(halves[i]))
            {
                // The normed rows and their gradient, which heads add up in fp32; one part's graph beyond the normed rows, its output, and what runs backward through it.
                HalfMemory part = half with { Graph = half.Graph - width } * PartShare(half);
                // In attention the gradients of its input are added up too, of queries, keys and values in turn.
                double partRows = width * (half.IsMlp ? PartShare(half) : 3);
                peak = Math.Max(peak, live + above + width + SumOfParts(half) + partRows + part.Graph + part.Backward);
            }
            else
            {
                double graph = last ? half.Graph + width : 0; // computed again only now, with its output
                peak = Math.Max(peak, live + above + graph + half.Backward);
            }

            if (!last) live -= width + (IsParted(halves[i]) ? 0 : half.Graph);
            peak = Math.Max(peak, live + above + (2 * width));
        }

        return (long)(_group * peak);
    }

    /// <summary>What the parts of attention are summed in, or those of the MLP put together in, a token.</summary>
    private double SumOfParts(HalfMemory half) => (double)_shape.Config.Width * (half.IsMlp ? _size : sizeof(float));

    /// <summary>Whether a half is computed in parts.</summary>
    private bool IsParted(HalfMemory half) => PartShare(half) < 1;

    private double PartShare(HalfMemory half) =>
        half.IsMlp ? Share(_tiling.FeedRows, _group) : Share(_tiling.Heads, _shape.Config.KeyValueHeads);

    private static double Share(long part, long whole) => Math.Min(1, (double)part / Math.Max(1, whole));

    /// <summary>Explicit masks of windowed attention: one matrix of T × T for each width in use.</summary>
    private long Masks()
    {
        long windows = _shape.Config.Windows.Where(window => window is { } width && width < _work.Tokens).Distinct().Count();
        return windows * _work.Tokens * _work.Tokens * _size;
    }
}
