using LeanTune.Activations;
using LeanTune.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace OwnModel;

/// <summary>A small transformer of one's own, and the five lines that compress what its blocks keep for the backward pass.</summary>
internal sealed class Transformer : nn.Module
{
    private readonly Embedding _tokens, _positions;
    private readonly ModuleList<Block> _blocks;
    private readonly LayerNorm _norm;
    private readonly Linear _head;

    public Transformer(long vocabulary, long longest, long width, long heads, int blocks) : base(nameof(Transformer))
    {
        (_tokens, _positions) = (nn.Embedding(vocabulary, width), nn.Embedding(longest, width));
        _blocks = nn.ModuleList([.. Enumerable.Range(0, blocks).Select(_ => new Block(width, heads))]);
        (_norm, _head) = (nn.LayerNorm(width), nn.Linear(width, vocabulary));
        RegisterComponents();
    }

    /// <summary>(B, T) ids to (B, T, V) logits.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="codec">The form in which each block's input is kept; null keeps everything, as autograd does.</param>
    /// <param name="chain">One for each forward and backward pass: the caller disposes it after the backward pass.</param>
    /// <param name="draws">The codec's random draws: new ones each step.</param>
    public Tensor Forward(Tensor ids, IActivationCodec? codec, ChainState chain, SeededDraws draws)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = _tokens.forward(ids) + _positions.forward(arange(ids.shape[1])); // (B, T, C)
        for (int i = 0; i < _blocks.Count; i++)
        {
            using Tensor input = hidden;
            Block block = _blocks[i];
            // Without compression: hidden = block.forward(input);
            if (codec is null) hidden = block.forward(input);
            else
            {
                SaveContext context = new(new ActivationSite(i, ActivationRole.BlockInput), draws.For(i), Chain: chain);
                hidden = Checkpoint.Run(inputs => block.forward(inputs[0]), [input], [codec], [context]);
            }
        }

        return _head.forward(_norm.forward(hidden)).MoveToOuterDisposeScope();
    }
}
