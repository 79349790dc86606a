using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs;

/// <summary>An activation that is kept as 8-bit codes and one scale a group of features.</summary>
internal sealed class EightBitActivation : SavedActivation
{
    private readonly Tensor _codes, _scales; // (m, n) and (m, n / 128)
    private readonly ScalarType _type;

    public EightBitActivation(Tensor codes, Tensor scales, Tensor activation)
    {
        (_codes, _scales, _type, Shape) = (codes, scales, activation.dtype, activation.shape);
        Bytes = TensorStorage.Bytes(codes) + TensorStorage.Bytes(scales);
    }

    public override long Bytes { get; }

    public override string Kind => SavedBytes.EightBit;

    public override IReadOnlyList<long> Shape { get; }

    public override Tensor Restore(long firstRow, long rows)
    {
        CheckRows(firstRow, rows, _codes.shape[0]);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long features = _codes.shape[1];
        Tensor restored = empty(rows, features, _type, _codes.device);
        foreach (RowTile tile in EightBitGroups.Tiles(rows, features, _type))
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor target = restored.narrow(0, tile.First, tile.Rows);
            Tensor values = _type == ScalarType.Float32 ? target : empty(tile.Rows, features, ScalarType.Float32, _codes.device);
            EightBitGroups.Decode(_codes.narrow(0, firstRow + tile.First, tile.Rows), _scales.narrow(0, firstRow + tile.First, tile.Rows), values);
            if (_type != ScalarType.Float32) target.copy_(values);
        }

        return restored.MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing)
    {
        _codes.Dispose();
        _scales.Dispose();
    }
}
