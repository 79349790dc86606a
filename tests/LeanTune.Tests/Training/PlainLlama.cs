using LeanTune.Models;
using static TorchSharp.torch;

namespace LeanTune.Tests.Training;

/// <summary>A llama written a second time, in fp64 with torch's own autograd and no regard for memory: what gradients are compared with.</summary>
internal sealed class PlainLlama(DecoderConfig config, IReadOnlyDictionary<string, Tensor> weights)
{
    /// <summary>Sum of the negative log-likelihoods of the labels that are not −100.</summary>
    public Tensor Loss(Tensor ids, Tensor labels)
    {
        (long batch, long tokens) = (ids.shape[0], ids.shape[1]);
        Tensor hidden = weights["model.embed_tokens.weight"].index_select(0, ids.reshape(-1)).view(batch, tokens, -1); // (B, T, C)
        for (int block = 0; block < config.Blocks; block++)
        {
            string prefix = $"model.layers.{block}.";
            hidden = hidden + Attention(Norm(hidden, prefix + "input_layernorm"), prefix + "self_attn.", batch, tokens);
            Tensor normed = Norm(hidden, prefix + "post_attention_layernorm");
            Tensor gate = Linear(normed, prefix + "mlp.gate_proj");
            hidden = hidden + Linear(gate / (1 + (-gate).exp()) * Linear(normed, prefix + "mlp.up_proj"), prefix + "mlp.down_proj");
        }

        Tensor head = weights[config.TiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight"];
        Tensor logits = Norm(hidden, "model.norm").matmul(head.t()).narrow(1, 0, tokens - 1); // (B, T - 1, V)
        return nn.functional.cross_entropy(
            logits.reshape(-1, config.Vocabulary), labels.narrow(1, 1, tokens - 1).reshape(-1), ignore_index: -100, reduction: nn.Reduction.Sum);
    }

    private Tensor Attention(Tensor input, string prefix, long batch, long tokens)
    {
        int group = config.Heads / config.KeyValueHeads;
        Tensor Heads(string name, int heads) => Linear(input, prefix + name).view(batch, tokens, heads, config.HeadWidth).transpose(1, 2); // (B, H, T, D)
        Tensor query = Rotate(Heads("q_proj", config.Heads)), key = Rotate(Heads("k_proj", config.KeyValueHeads)), value = Heads("v_proj", config.KeyValueHeads);
        Tensor scores = query.matmul(key.repeat_interleave(group, 1).transpose(2, 3)) / Math.Sqrt(config.HeadWidth); // (B, H, T, T)
        Tensor future = ones(tokens, tokens, ScalarType.Bool).triu(1);
        Tensor mixed = scores.masked_fill(future, double.NegativeInfinity).softmax(-1).matmul(value.repeat_interleave(group, 1)); // (B, H, T, D)
        return Linear(mixed.transpose(1, 2).reshape(batch, tokens, config.Heads * config.HeadWidth), prefix + "o_proj");
    }

    private Tensor Rotate(Tensor heads)
    {
        (long tokens, long half) = (heads.shape[2], heads.shape[3] / 2);
        Tensor frequencies = tensor(config.Rotary.Theta).pow(arange(half, ScalarType.Float64) * (-1.0 / half)); // (D/2)
        Tensor angles = arange(tokens, ScalarType.Float64).unsqueeze(1) * frequencies; // (T, D/2)
        Tensor first = heads.narrow(3, 0, half), second = heads.narrow(3, half, half);
        return cat([(first * angles.cos()) - (second * angles.sin()), (second * angles.cos()) + (first * angles.sin())], -1);
    }

    private Tensor Norm(Tensor input, string name) =>
        input / (input.pow(2).mean([-1], keepdim: true) + config.NormEpsilon).sqrt() * weights[name + ".weight"];

    private Tensor Linear(Tensor input, string name)
    {
        Tensor product = input.matmul(weights[name + ".weight"].t());
        return weights.TryGetValue(name + ".bias", out Tensor? bias) ? product + bias : product;
    }
}
