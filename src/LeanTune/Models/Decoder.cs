using LeanTune.Adapters;
using LeanTune.Models.Blocks;
using static TorchSharp.torch;

namespace LeanTune.Models;

/// <summary>A decoder-only transformer: embedding, blocks, final norm, head. Owns its weights; adapters are attached to its linears.</summary>
public sealed class Decoder : IDisposable
{
    private readonly Dictionary<string, Tensor> _weights;
    private readonly List<LoraLinear> _linears = [];
    private readonly DecoderBlock[] _blocks;

    /// <summary>Builds the model from its weights.</summary>
    /// <param name="config">Shapes.</param>
    /// <param name="weights">Every tensor by its name in the checkpoint; taken over.</param>
    public Decoder(DecoderConfig config, Dictionary<string, Tensor> weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        (Config, _weights) = (config, weights);
        Embedding = weights[DecoderNames.Embedding];
        Head = config.TiedEmbeddings ? Embedding : weights[DecoderNames.Head];
        FinalNorm = new RmsNorm(weights[DecoderNames.FinalNorm], config.NormEpsilon);
        _blocks = [.. Enumerable.Range(0, config.Blocks).Select(BuildBlock)];
    }

    /// <summary>Shapes.</summary>
    public DecoderConfig Config { get; }

    /// <summary>(V, C).</summary>
    public Tensor Embedding { get; }

    /// <summary>(V, C); the embedding itself where they are tied.</summary>
    public Tensor Head { get; }

    /// <summary>Rows of the embedding that are trained by themselves, or null. Owned.</summary>
    internal TokenRows? EmbeddingRows { get; set; }

    /// <summary>Rows of the head that are trained by themselves, or null; those of the embedding where they are tied. Owned.</summary>
    internal TokenRows? HeadRows { get; set; }

    /// <summary>The tables that have a row for each token, by the module's name.</summary>
    internal IReadOnlyList<(string Module, Tensor Table)> TokenTables =>
        Config.TiedEmbeddings ? [(DecoderNames.EmbeddingModule, Embedding)] : [(DecoderNames.EmbeddingModule, Embedding), (DecoderNames.HeadModule, Head)];

    /// <summary>The norm after the last block.</summary>
    public RmsNorm FinalNorm { get; }

    /// <summary>The blocks in order.</summary>
    internal IReadOnlyList<DecoderBlock> Blocks => _blocks;

    /// <summary>Every linear layer of the blocks, in forward order.</summary>
    public IReadOnlyList<LoraLinear> Linears => _linears;

    /// <summary>Every weight by its name in the checkpoint. Borrowed.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights => _weights;

    /// <summary>Data type of the weights and of the residual stream.</summary>
    public ScalarType Dtype => Embedding.dtype;

    /// <summary>Where the weights are.</summary>
    public Device Device => Embedding.device;

    /// <summary>Runs the blocks and the final norm.</summary>
    /// <param name="ids">(B, T) int64.</param>
    /// <param name="pass">Made for these ids.</param>
    /// <returns>(N, C) after the final norm, what the head reads; the caller disposes it.</returns>
    public Tensor Forward(Tensor ids, ForwardPass pass) => Forward(ids, pass, null);

    /// <summary>Runs the blocks alone: a loss that applies the final norm itself keeps less.</summary>
    /// <param name="ids">(B, T) int64.</param>
    /// <param name="pass">Made for these ids.</param>
    /// <returns>(N, C), what the final norm reads; the caller disposes it.</returns>
    public Tensor ForwardBlocks(Tensor ids, ForwardPass pass) => ForwardBlocks(ids, pass, null);

    /// <summary>The final hidden states times the head.</summary>
    /// <param name="hidden">(N, C).</param>
    /// <returns>(N, V) in fp32; the caller disposes it.</returns>
    public Tensor Logits(Tensor hidden)
    {
        using Tensor logits = nn.functional.linear(hidden, Head);
        return logits.to(ScalarType.Float32, copy: true);
    }

    /// <summary>Runs the model and shows the hidden states that the reference lists: the embeddings, each block's output but the last's, and the final norm's.</summary>
    internal Tensor Forward(Tensor ids, ForwardPass pass, Action<int, Tensor>? observe)
    {
        using Tensor last = ForwardBlocks(ids, pass, observe);
        Tensor normed = FinalNorm.Forward(last);
        observe?.Invoke(Blocks.Count, normed);
        return normed;
    }

    private Tensor ForwardBlocks(Tensor ids, ForwardPass pass, Action<int, Tensor>? observe)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(pass);
        EmbeddingRows?.Write();
        if (HeadRows != EmbeddingRows) HeadRows?.Write();
        Tensor hidden;
        using (Tensor flat = ids.reshape(-1)) hidden = EmbeddingRows?.LookUp(flat) ?? Embedding.index_select(0, flat); // (N, C)
        BlockRunner runner = new(pass);
        ReadOnlySpan<DecoderBlock> left = _blocks;
        while (!left.IsEmpty)
        {
            observe?.Invoke(left[0].Index, hidden);
            using Tensor before = hidden;
            (hidden, int done) = runner.Run(left, before);
            left = left[done..];
        }

        return hidden;
    }

    /// <summary>Hands the weights over and leaves the model empty.</summary>
    internal Dictionary<string, Tensor> TakeWeights()
    {
        Dictionary<string, Tensor> taken = new(_weights);
        _weights.Clear();
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        EmbeddingRows?.Dispose();
        if (HeadRows != EmbeddingRows) HeadRows?.Dispose();
        foreach (Tensor weight in _weights.Values) weight.Dispose();
        _weights.Clear();
    }

    private DecoderBlock BuildBlock(int block)
    {
        DecoderConfig c = Config;
        string prefix = DecoderNames.Block(block);
        RmsNorm Norm(string name) => new(_weights[$"{prefix}.{name}.weight"], c.NormEpsilon);
        LoraLinear Linear(string name, bool bias)
        {
            LoraLinear linear = new($"{prefix}.{name}", _weights[$"{prefix}.{name}.weight"], bias ? _weights[$"{prefix}.{name}.bias"] : null);
            _linears.Add(linear);
            return linear;
        }

        Attention attention = new(
            c, block,
            Linear("self_attn.q_proj", c.QueryKeyValueBias), Linear("self_attn.k_proj", c.QueryKeyValueBias),
            Linear("self_attn.v_proj", c.QueryKeyValueBias), Linear("self_attn.o_proj", c.OutputBias),
            c.QueryKeyNorm ? Norm("self_attn.q_norm") : null, c.QueryKeyNorm ? Norm("self_attn.k_norm") : null);
        GatedMlp mlp = new(Linear("mlp.gate_proj", c.FeedForwardBias), Linear("mlp.up_proj", c.FeedForwardBias), Linear("mlp.down_proj", c.FeedForwardBias));
        return new DecoderBlock(block, Norm("input_layernorm"), attention, Norm("post_attention_layernorm"), mlp);
    }
}
