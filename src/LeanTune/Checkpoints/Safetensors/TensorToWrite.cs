using static TorchSharp.torch;

namespace LeanTune.Checkpoints;

/// <summary>A tensor that a writer will ask for when its turn comes.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Shape">Its shape, outermost dimension first.</param>
/// <param name="Dtype">Its type, which is the type in the file.</param>
/// <param name="Make">Makes the tensor of that shape and type, on any device; the writer disposes it.</param>
public sealed record TensorToWrite(string Name, IReadOnlyList<long> Shape, ScalarType Dtype, Func<Tensor> Make)
{
    /// <summary>Bytes of its data in the file.</summary>
    /// <exception cref="NotSupportedException">The format has no such element type.</exception>
    public long Bytes => Shape.Aggregate(SafetensorsDtype.Of(Dtype).Bits / 8L, static (product, size) => checked(product * size));

    /// <summary>Wraps a tensor that stays its owner's.</summary>
    public static TensorToWrite Of(string name, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return new(name, tensor.shape, tensor.dtype, tensor.alias);
    }
}
