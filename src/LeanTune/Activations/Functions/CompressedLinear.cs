using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Activations.Functions;

/// <summary>
/// A linear layer, y = x Wᵀ + b, that keeps its input in the form a codec chooses, and only if the weight is trained: the forward pass and the
/// input's gradient are exact, the weight's gradient is that of the rebuilt input.
/// </summary>
public static class CompressedLinear
{
    /// <summary>Applies the layer.</summary>
    /// <param name="input">x, (..., in). Borrowed.</param>
    /// <param name="weight">W, (out, in). Borrowed; not to be written to before the backward pass.</param>
    /// <param name="bias">b, (out), or null.</param>
    /// <param name="saver">How x is kept.</param>
    /// <returns>(..., out); the caller disposes it.</returns>
    public static Tensor Apply(Tensor input, Tensor weight, Tensor? bias, in ActivationSaver saver)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (!is_grad_enabled() || !weight.requires_grad) return Attach(input, [(weight, bias)], null)[0];
        using SharedActivation kept = saver.Save(input);
        return Attach(input, [(weight, bias)], kept)[0];
    }

    /// <summary>Applies several layers to one input that is kept once: its gradient is summed in place, and it is rebuilt once.</summary>
    /// <param name="input">x, (..., in). Borrowed.</param>
    /// <param name="layers">W (out, in) and b (out) or null of each.</param>
    /// <param name="kept">What is kept of x. Borrowed: the layers share it until their backward pass.</param>
    /// <returns>(..., out) of each layer; the caller disposes them.</returns>
    /// <exception cref="ArgumentException">What is kept has another shape than the input.</exception>
    public static Tensor[] Apply(Tensor input, IReadOnlyList<(Tensor Weight, Tensor? Bias)> layers, SharedActivation kept)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(kept);
        if (!kept.Shape.SequenceEqual(input.shape))
            throw new ArgumentException($"The kept activation is ({string.Join(", ", kept.Shape)}), the input ({string.Join(", ", input.shape)}).", nameof(kept));
        return Attach(input, layers, kept);
    }

    private static Tensor[] Attach(Tensor input, IReadOnlyList<(Tensor Weight, Tensor? Bias)> layers, SharedActivation? kept)
    {
        Tensor[] outputs;
        using (no_grad()) outputs = [.. layers.Select(layer => nn.functional.linear(input, layer.Weight, layer.Bias))];
        Tensor[] inputs = [input, .. layers.Select(layer => layer.Weight), .. layers.Where(layer => layer.Bias is not null).Select(layer => layer.Bias!)];
        if (!AutogradNode.WantsGradient(inputs)) return outputs;
        (Tensor Weight, bool Wanted, bool HasBias, bool BiasWanted)[] each =
            [.. layers.Select(layer => (layer.Weight.alias().DetachFromDisposeScope(), layer.Weight.requires_grad, layer.Bias is not null, layer.Bias?.requires_grad == true))];
        SharedActivation? own = each.Any(layer => layer.Wanted) ? kept?.Share() : null;
        (bool wantsInput, long[] shape) = (input.requires_grad, input.shape);
        return AutogradNode.Attach(
            inputs,
            outputs,
            gradients =>
            {
                Tensor?[] flat = [.. gradients.Select(gradient => gradient?.reshape(-1, gradient.shape[^1]))]; // (N, out)
                Tensor? inputGradient = null;
                for (int i = 0; i < each.Length && wantsInput; i++)
                {
                    if (flat[i] is not { } gradient) continue;
                    if (inputGradient is null) inputGradient = gradient.mm(each[i].Weight); // (N, in)
                    else inputGradient.addmm_(gradient, each[i].Weight, beta: 1, alpha: 1);
                }

                int[] wanted = [.. Enumerable.Range(0, each.Length).Where(i => each[i].Wanted && flat[i] is not null)];
                Tensor[] products = wanted.Length == 0 ? [] : RowProduct.Transposed(own!, [.. wanted.Select(i => flat[i]!)]);
                Tensor?[] weightGradients = new Tensor?[each.Length];
                for (int i = 0; i < wanted.Length; i++) weightGradients[wanted[i]] = products[i].to(each[wanted[i]].Weight.dtype);
                IEnumerable<Tensor?> biasGradients = Enumerable.Range(0, each.Length).Where(i => each[i].HasBias)
                    .Select(i => each[i].BiasWanted ? flat[i]?.sum(dim: 0) : null);
                return [inputGradient?.view(shape), .. weightGradients, .. biasGradients]; // as the input
            },
            () =>
            {
                own?.Dispose();
                foreach ((Tensor weight, _, _, _) in each) weight.Dispose();
            });
    }
}
