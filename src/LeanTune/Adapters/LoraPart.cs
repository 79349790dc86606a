using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Adapters;

/// <summary>One linear layer within a <see cref="LoraNode"/>: its forward pass without graph, A(x) until the backward pass, and its gradients.</summary>
/// <param name="linear">The layer.</param>
/// <param name="dropout">Makes the branch's dropout mask; null in evaluation.</param>
internal sealed class LoraPart(LoraLinear linear, DropoutMask? dropout) : IDisposable
{
    private readonly LoraBranch? _branch = linear.Branch;
    private Tensor? _hidden; // (N, R)
    private Tensor? _hiddenGradient; // (N, R)
    private Tensor? _upGradient; // (out, R)
    private Tensor? _biasGradient; // (out)

    /// <summary>Whether the branch drops some of its input.</summary>
    public bool Drops => _branch is { Dropout: > 0 } && dropout is not null;

    /// <summary>The tensors that may be trained: A and B, or without a branch weight and bias.</summary>
    public IReadOnlyList<Tensor> Parameters => _branch is { } branch ? [branch.Down, branch.Up] : linear.Bias is { } bias ? [linear.Weight, bias] : [linear.Weight];

    /// <summary>Bytes of A(x).</summary>
    public long HiddenBytes => _hidden is { } hidden ? hidden.NumberOfElements * hidden.ElementSize : 0;

    /// <summary>Applies the layer without graph.</summary>
    /// <param name="input">(N, in). Borrowed.</param>
    /// <returns>(N, out); the caller disposes it.</returns>
    public Tensor Forward(Tensor input)
    {
        if (_branch is null) return nn.functional.linear(input, linear.Weight, linear.Bias);
        using DisposeScope scope = NewDisposeScope();
        _hidden = nn.functional.linear(Drop(input.to(ScalarType.Float32), 0), _branch.Down).DetachFromDisposeScope(); // (N, R)
        Tensor wide = nn.functional.linear(input, linear.Weight, linear.Bias).to(ScalarType.Float32); // (N, out)
        return wide.addmm_(_hidden, _branch.Up.t(), beta: 1, alpha: (float)_branch.Scale).to(linear.Weight.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Drops what the mask drops of some rows of the branch's input.</summary>
    /// <param name="rows">(rows, in) fp32. Borrowed.</param>
    /// <param name="first">Index of the first row.</param>
    /// <returns>(rows, in); the rows themselves where nothing is dropped.</returns>
    public Tensor Drop(Tensor rows, long first) => Drops ? dropout!.Past(first).Apply(rows, linear.Name, _branch!.Dropout, linear.Columns) : rows;

    /// <summary>Takes the output's gradient in.</summary>
    /// <param name="gradient">(N, out). Borrowed.</param>
    /// <returns>What must meet the input to give a parameter's gradient, such as (N, R) for A; null when no parameter asks.</returns>
    public Tensor? Take(Tensor gradient)
    {
        if (_branch is null)
        {
            if (linear.Bias?.requires_grad == true) _biasGradient = gradient.sum(dim: 0);
            return linear.Weight.requires_grad ? gradient : null;
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor wide = gradient.to(ScalarType.Float32); // (N, out)
        _upGradient = wide.t().matmul(_hidden!).mul_((float)_branch.Scale).MoveToOuterDisposeScope();
        _hiddenGradient = wide.matmul(_branch.Up).mul_((float)_branch.Scale).MoveToOuterDisposeScope();
        return _hiddenGradient;
    }

    /// <summary>Adds the layer's gradient of the input. Called after <see cref="Take"/>.</summary>
    /// <param name="sum">(N, in) fp32 so far, written to; or null.</param>
    /// <param name="gradient">(N, out). Borrowed.</param>
    /// <returns>(N, in) fp32: the sum, or a new tensor.</returns>
    public Tensor AddInputGradient(Tensor? sum, Tensor gradient)
    {
        if (sum is null) sum = gradient.mm(linear.Weight).to(ScalarType.Float32); // (N, in)
        else if (gradient.dtype == sum.dtype) sum.addmm_(gradient, linear.Weight, beta: 1, alpha: 1);
        else
            using (Tensor product = gradient.mm(linear.Weight)) sum.add_(product);
        if (_hiddenGradient is null) return sum;
        if (!Drops) return sum.addmm_(_hiddenGradient, _branch!.Down, beta: 1, alpha: 1);
        using Tensor branchGradient = _hiddenGradient.mm(_branch!.Down), dropped = Drop(branchGradient, 0);
        return sum.add_(dropped);
    }

    /// <summary>The parameters' gradients, in their order.</summary>
    /// <param name="product">What <see cref="Take"/> returned, transposed, times the input; null when it returned null or was not called.</param>
    public IReadOnlyList<Tensor?> ParameterGradients(Tensor? product)
    {
        if (_branch is not null) return [product?.to(_branch.Down.dtype), _upGradient];
        Tensor? weightGradient = product?.to(linear.Weight.dtype);
        return linear.Bias is null ? [weightGradient] : [weightGradient, _biasGradient];
    }

    /// <inheritdoc/>
    public void Dispose() => _hidden?.Dispose();
}
