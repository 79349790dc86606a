using LeanTune.Activations.Codecs.Residual;
using LeanTune.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs;

/// <summary>An activation that is coded alone, against zero: the open form of the residual codec.</summary>
internal sealed class CodedActivation(Tensor activation, RowRuns rows, ResidualCode code) : SavedActivation
{
    private readonly ScalarType _type = activation.dtype;

    public override long Bytes { get; } = code.Bytes + rows.Bytes;

    public override string Kind => SavedBytes.Codes;

    public override IReadOnlyList<long> Shape { get; } = activation.shape;

    internal override int? Rank => code.Rank;

    public override Tensor Restore(long firstRow, long count)
    {
        CheckRows(firstRow, count, rows.Population);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long features = Shape.Count == 0 ? 1 : Shape[^1];
        Tensor decoded = zeros(count, features, ScalarType.Float32, code.Device); // (count, n)
        ResidualDecoder.AddTo(decoded, code, rows, 1, firstRow);
        return decoded.to(_type).MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing) => code.Dispose();
}
