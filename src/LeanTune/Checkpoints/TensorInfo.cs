using static TorchSharp.torch;

namespace LeanTune.Checkpoints;

/// <summary>Where one tensor of a checkpoint lies and what reading it gives, known from the header alone.</summary>
/// <param name="Name">The tensor's name in the file.</param>
/// <param name="Dtype">The type that <see cref="ITensorSource.Read"/> gives when none is asked for.</param>
/// <param name="Shape">The shape that reading gives, outermost dimension first; empty for a scalar.</param>
/// <param name="File">Full path of the file that holds it.</param>
/// <param name="Offset">Byte offset of its data from the start of that file.</param>
/// <param name="Bytes">Bytes of its data in the file.</param>
public sealed record TensorInfo(string Name, ScalarType Dtype, IReadOnlyList<long> Shape, string File, long Offset, long Bytes)
{
    /// <summary>
    /// The type's name in the file (<c>BF16</c>, <c>Q4_0</c>): differs from <see cref="Dtype"/> where the values are widened on reading.
    /// </summary>
    public required string StoredAs { get; init; }

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, static (product, size) => product * size);
}
