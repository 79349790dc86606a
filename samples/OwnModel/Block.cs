using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace OwnModel;

/// <summary>One block of a small transformer, written in plain TorchSharp: it knows nothing of compression.</summary>
internal sealed class Block : nn.Module<Tensor, Tensor>
{
    private readonly LayerNorm _attentionNorm, _mlpNorm;
    private readonly Linear _queryKeyValue, _out, _up, _down;
    private readonly long _heads;

    public Block(long width, long heads) : base(nameof(Block))
    {
        _heads = heads;
        (_attentionNorm, _mlpNorm) = (nn.LayerNorm(width), nn.LayerNorm(width));
        (_queryKeyValue, _out) = (nn.Linear(width, 3 * width), nn.Linear(width, width));
        (_up, _down) = (nn.Linear(width, 4 * width), nn.Linear(4 * width, width));
        RegisterComponents();
    }

    /// <summary>(B, T, C) to (B, T, C).</summary>
    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        (long batch, long tokens, long width) = (x.shape[0], x.shape[1], x.shape[2]);
        Tensor[] qkv = [.. _queryKeyValue.forward(_attentionNorm.forward(x)).chunk(3, -1)
            .Select(part => part.view(batch, tokens, _heads, width / _heads).transpose(1, 2))]; // (B, H, T, D) each
        Tensor attended = nn.functional.scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], is_casual: true);
        Tensor middle = x + _out.forward(attended.transpose(1, 2).reshape(batch, tokens, width)); // (B, T, C)
        Tensor fed = _down.forward(nn.functional.gelu(_up.forward(_mlpNorm.forward(middle))));
        return (middle + fed).MoveToOuterDisposeScope();
    }
}
