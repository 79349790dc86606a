using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Models;

/// <summary>
/// Rows of the embedding or of the head that take other values than the frozen table's, and may be trained by themselves: what PEFT calls trainable tokens. The gradient is one of
/// (n, C); none of the table's size ever exists.
/// </summary>
/// <remarks>
/// The rows are trained in fp32 and written into the table, rounded to its type, before each forward pass: whatever reads the table sees them, and pays nothing. With tied
/// embeddings the same rows serve both ends, and their gradients add up.
/// </remarks>
internal sealed class TokenRows : IDisposable
{
    private readonly Tensor _table;
    private Tensor? _slots; // (V): place of a token among the rows, or −1

    /// <param name="table">(V, C). Borrowed, and written to.</param>
    /// <param name="ids">The tokens, each once.</param>
    /// <param name="values">(n, C) fp32, in their order; a leaf where they are trained. Borrowed.</param>
    public TokenRows(Tensor table, IReadOnlyList<int> ids, Tensor values)
    {
        (_table, Values) = (table, values);
        Ids = tensor(ids.Select(id => (long)id).ToArray(), device: table.device).DetachFromDisposeScope();
    }

    /// <summary>(n) int64.</summary>
    public Tensor Ids { get; }

    /// <summary>(n, C) fp32.</summary>
    public Tensor Values { get; }

    /// <summary>Puts the values in their places in the table.</summary>
    public void Write()
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _table.index_copy_(0, Ids, Values.to(_table.dtype));
    }

    /// <summary>Reads the table's rows of some tokens; the gradient reaches those of <see cref="Values"/>.</summary>
    /// <param name="ids">(N) int64. Borrowed.</param>
    /// <returns>(N, C); the caller disposes it.</returns>
    public Tensor LookUp(Tensor ids)
    {
        Tensor hidden = _table.index_select(0, ids); // (N, C)
        if (!AutogradNode.WantsGradient([Values])) return hidden;
        Tensor found, slots;
        using (no_grad())
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor all = Slots().index_select(0, ids); // (N)
            found = all.ge(0).nonzero().view(-1).DetachFromDisposeScope(); // (k): where trained tokens stand
            slots = all.index_select(0, found).DetachFromDisposeScope(); // (k): which
        }

        void Release()
        {
            found.Dispose();
            slots.Dispose();
        }

        if (found.NumberOfElements > 0)
            return AutogradNode.Attach([Values], hidden, gradient => [zeros_like(Values).index_add_(0, slots, gradient.index_select(0, found).to(ScalarType.Float32), 1)], Release);
        Release();
        return hidden;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Ids.Dispose();
        _slots?.Dispose();
    }

    private Tensor Slots()
    {
        if (_slots is not null) return _slots;
        _slots = full(_table.shape[0], -1L, ScalarType.Int64, _table.device).DetachFromDisposeScope();
        using Tensor order = arange(Ids.shape[0], ScalarType.Int64, _table.device);
        _slots.index_copy_(0, Ids, order);
        return _slots;
    }
}
