using LeanTune.Activations;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Adapters;

/// <summary>One linear layer within a <see cref="LoraNode"/>: its forward pass without graph, A(x) until the backward pass, and its gradients.</summary>
/// <param name="linear">The layer.</param>
/// <param name="dropout">Makes the branch's dropout mask; null in evaluation.</param>
internal sealed class LoraPart(LoraLinear linear, DropoutMask? dropout) : IDisposable
{
    /// <summary>Few enough to be small beside a block's activations, and enough for fast matrix products.</summary>
    private const long WidenedRows = 1024;

    private readonly LoraBranch? _branch = linear.Branch;
    private Tensor? _hidden; // (N, R)
    private Tensor? _hiddenGradient; // (N, R)
    private Tensor? _upGradient; // (out, R)
    private Tensor? _biasGradient; // (out)

    /// <summary>Whether the branch drops some of its input.</summary>
    public bool Drops => _branch is { Dropout: > 0 } && dropout is not null;

    /// <summary>The tensors that may be trained: A and B, or without a branch weight and bias.</summary>
    public IReadOnlyList<Tensor> Parameters => _branch is { } branch ? [branch.Down, branch.Up] : linear.Bias is { } bias ? [linear.Weight, bias] : [linear.Weight];

    /// <summary>Number of input features.</summary>
    public long InputWidth => linear.InputWidth;

    /// <summary>Bytes of A(x).</summary>
    public long HiddenBytes => _hidden is { } hidden ? hidden.NumberOfElements * hidden.ElementSize : 0;

    /// <summary>Applies the layer without graph.</summary>
    /// <param name="input">(N, in). Borrowed.</param>
    /// <returns>(N, out); the caller disposes it.</returns>
    public Tensor Forward(Tensor input)
    {
        if (_branch is null) return nn.functional.linear(input, linear.Weight, linear.Bias);
        Tensor down = _branch.Down.t(), up = _branch.Up.t();
        _hidden = empty(input.shape[0], _branch.Down.shape[0], ScalarType.Float32, input.device).DetachFromDisposeScope(); // (N, R)
        Tensor output = nn.functional.linear(input, linear.Weight, linear.Bias); // (N, out)
        // Numbers of 16 bits are widened piece by piece: nothing of the full size exists in fp32.
        foreach (RowTile piece in Pieces(input))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor hidden = _hidden.narrow(0, piece.First, piece.Rows), rows = output.narrow(0, piece.First, piece.Rows);
            hidden.copy_(Drop(input.narrow(0, piece.First, piece.Rows).to(ScalarType.Float32), piece.First).mm(down));
            Tensor wide = rows.to(ScalarType.Float32).addmm_(hidden, up, beta: 1, alpha: (float)_branch.Scale);
            if (rows.dtype != wide.dtype) rows.copy_(wide);
        }

        down.Dispose();
        up.Dispose();
        return output;
    }

    /// <summary>Rows that are computed at once where sums run in fp32: all of them, or few where they must be widened for it.</summary>
    public static IEnumerable<RowTile> Pieces(Tensor rows) => new RowTile(0, rows.shape[0]).Cut(rows.dtype == ScalarType.Float32 ? Math.Max(1, rows.shape[0]) : WidenedRows);

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

        float scale = (float)_branch.Scale;
        _upGradient = zeros_like(_branch.Up); // (out, R)
        _hiddenGradient = empty_like(_hidden!); // (N, R)
        foreach (RowTile piece in Pieces(gradient))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor wide = gradient.narrow(0, piece.First, piece.Rows).to(ScalarType.Float32); // (rows, out)
            _upGradient.addmm_(wide.t(), _hidden!.narrow(0, piece.First, piece.Rows), beta: 1, alpha: scale);
            _hiddenGradient.narrow(0, piece.First, piece.Rows).copy_(wide.mm(_branch.Up).mul_(scale));
        }

        return _hiddenGradient;
    }

    /// <summary>Adds the layer's gradient of some rows of the input. Called after <see cref="Take"/>.</summary>
    /// <param name="sum">(rows, in) fp32 so far, written to; or null.</param>
    /// <param name="gradient">(N, out). Borrowed.</param>
    /// <param name="rows">Which rows.</param>
    /// <returns>(rows, in) fp32: the sum, or a new tensor.</returns>
    public Tensor AddInputGradient(Tensor? sum, Tensor gradient, RowTile rows)
    {
        using Tensor own = gradient.narrow(0, rows.First, rows.Rows);
        if (sum is null)
        {
            Tensor product = own.mm(linear.Weight); // (rows, in)
            sum = product.to(ScalarType.Float32);
            if (product.dtype != sum.dtype) product.Dispose();
        }
        else if (gradient.dtype == sum.dtype) sum.addmm_(own, linear.Weight, beta: 1, alpha: 1);
        else
            using (Tensor product = own.mm(linear.Weight)) sum.add_(product);
        if (_hiddenGradient is null) return sum;
        using Tensor hidden = _hiddenGradient.narrow(0, rows.First, rows.Rows);
        if (!Drops) return sum.addmm_(hidden, _branch!.Down, beta: 1, alpha: 1);
        using Tensor branchGradient = hidden.mm(_branch!.Down), dropped = Drop(branchGradient, rows.First);
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
