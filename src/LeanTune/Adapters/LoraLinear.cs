using LeanTune.Activations.Functions;
using static TorchSharp.torch;

namespace LeanTune.Adapters;

/// <summary>A linear layer, y = x Wᵀ + b, with or without a LoRA branch beside it.</summary>
/// <remarks>
/// With a branch the weight is frozen: the backward pass keeps the input (shared with whoever else reads it), A(x), and nothing
/// of the base product. bf16 weights: the base product is bf16; branch and sum are fp32; the result is rounded once.
/// </remarks>
/// <param name="name">Module name as in the checkpoint, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="weight">(out, in). Borrowed from the model.</param>
/// <param name="bias">(out) or null. Borrowed.</param>
public sealed class LoraLinear(string name, Tensor weight, Tensor? bias = null)
{
    /// <summary>Module name as in the checkpoint.</summary>
    public string Name { get; } = name;

    /// <summary>(out, in).</summary>
    public Tensor Weight { get; } = weight;

    /// <summary>(out), or null.</summary>
    public Tensor? Bias { get; } = bias;

    /// <summary>The LoRA branch, or null for a plain linear.</summary>
    public LoraBranch? Branch { get; set; }

    /// <summary>Number of input features.</summary>
    public long InputWidth => Weight.shape[1];

    /// <summary>Number of output features.</summary>
    public long OutputWidth => Weight.shape[0];

    /// <summary>Where its input features lie among those of the module that it is a part of; null when it is whole.</summary>
    internal (long First, long All)? Columns { get; private init; }

    /// <summary>Applies the layer.</summary>
    /// <param name="input">(N, in), in the weight's data type.</param>
    /// <param name="dropout">Makes the branch's dropout mask; null in evaluation.</param>
    /// <returns>(N, out) in the weight's data type; the caller disposes it.</returns>
    public Tensor Forward(Tensor input, DropoutMask? dropout = null) => Forward(input, dropout, null);

    /// <summary>Computes some of the output features alone. Gradients reach this layer's parameters.</summary>
    /// <returns>(N, count); the caller disposes it.</returns>
    internal Tensor ForwardOutputs(Tensor input, long first, long count, DropoutMask? dropout)
    {
        if (count == OutputWidth) return Forward(input, dropout);
        Tensor Part(Tensor whole) => whole.narrow(0, first, count).DetachFromDisposeScope();
        return ForwardPart(input, dropout, new LoraLinear(Name, Part(Weight), Bias is null ? null : Part(Bias))
        {
            Branch = Branch is { } b ? new LoraBranch(b.Down.alias().DetachFromDisposeScope(), Part(b.Up), b.Scale, b.Dropout) : null,
        });
    }

    /// <summary>What some of the input features contribute: over all parts these add up to the whole output. The first part adds the bias.</summary>
    /// <param name="input">(N, count): those features.</param>
    /// <param name="first">Index of the first.</param>
    /// <param name="dropout">Makes the branch's dropout mask; null in evaluation.</param>
    /// <returns>(N, out); the caller disposes it.</returns>
    internal Tensor ForwardInputs(Tensor input, long first, DropoutMask? dropout)
    {
        long count = input.shape[1];
        if (count == InputWidth) return Forward(input, dropout);
        Tensor Part(Tensor whole) => whole.narrow(1, first, count).DetachFromDisposeScope();
        return ForwardPart(input, dropout, new LoraLinear(Name, Part(Weight), first == 0 ? Bias?.alias().DetachFromDisposeScope() : null)
        {
            Branch = Branch is { } b ? new LoraBranch(Part(b.Down), b.Up.alias().DetachFromDisposeScope(), b.Scale, b.Dropout) : null,
            Columns = (first, InputWidth),
        });
    }

    /// <summary>Applies a layer whose tensors are views; they live as long as its backward pass needs them.</summary>
    private static Tensor ForwardPart(Tensor input, DropoutMask? dropout, LoraLinear part) => part.Forward(input, dropout, () =>
    {
        part.Weight.Dispose();
        part.Bias?.Dispose();
        part.Branch?.Down.Dispose();
        part.Branch?.Up.Dispose();
    });

    /// <summary>Applies several layers to one input, of which one copy is kept, in whatever form; it is rebuilt once for all of them.</summary>
    /// <param name="input">(N, in), in the weights' data type.</param>
    /// <param name="linears">The layers.</param>
    /// <param name="dropout">Makes the branches' dropout masks; null in evaluation.</param>
    /// <param name="kept">What is kept of the input. Borrowed: the layers share it until their backward pass.</param>
    /// <returns>(N, out) of each layer; the caller disposes them.</returns>
    public static Tensor[] Forward(Tensor input, IReadOnlyList<LoraLinear> linears, DropoutMask? dropout, SharedActivation kept) =>
        LoraNode.Apply(input, linears, dropout, kept);

    private Tensor Forward(Tensor input, DropoutMask? dropout, Action? release)
    {
        if (Branch is null)
        {
            Tensor plain = nn.functional.linear(input, Weight, Bias);
            release?.Invoke();
            return plain;
        }

        using SharedActivation kept = SharedActivation.Own(new SharedRows(input), default);
        return LoraNode.Apply(input, [this], dropout, kept, release)[0];
    }
}
