using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Functions;

/// <summary>An activation that is computed again, row by row, from what others keep, such as silu(gate) · up; keeps nothing of its own.</summary>
/// <param name="sources">What it is computed from, all with the same rows. Taken over.</param>
/// <param name="compute">Makes rows of it from the same rows of the sources, which it borrows; hands the result over.</param>
internal sealed class DerivedActivation(IReadOnlyList<SharedActivation> sources, Func<IReadOnlyList<Tensor>, Tensor> compute) : SavedActivation
{
    public override long Bytes => 0;

    public override string Kind => sources[0].Kind;

    /// <summary>Functions of each element: the shape is the sources'.</summary>
    public override IReadOnlyList<long> Shape => sources[0].Shape;

    /// <summary>A handle on the activation.</summary>
    public static SharedActivation Of(IReadOnlyList<SharedActivation> sources, Func<IReadOnlyList<Tensor>, Tensor> compute) =>
        SharedActivation.Own(new DerivedActivation(sources, compute), sources[0].Site, sources[0].Ledger);

    public override Tensor Restore(long firstRow, long rows)
    {
        using var noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor[] restored = [.. sources.Select(source => source.Restore(firstRow, rows))];
        return compute(restored).MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing)
    {
        foreach (SharedActivation source in sources) source.Dispose();
    }
}
