using static TorchSharp.torch;

namespace LeanTune.Checkpoints;

/// <summary>Named tensors of a checkpoint, read one at a time, so that loading needs the model and one tensor and no more.</summary>
/// <remarks>
/// Reading is safe from several threads. A tensor that was read does not depend on the source: the source may be disposed before it.
/// </remarks>
public interface ITensorSource : IDisposable
{
    /// <summary>All names, in the order of the file.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>True if the source holds a tensor of this name.</summary>
    bool Contains(string name);

    /// <summary>What is known of a tensor without reading it.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor; the message gives the nearest name.</exception>
    TensorInfo Info(string name);

    /// <summary>Reads one tensor into fresh CPU memory.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="dtype">The type wanted; null keeps <see cref="TensorInfo.Dtype"/>.</param>
    /// <returns>
    /// A contiguous CPU tensor without gradient, owned by the caller. It belongs to no dispose scope: weights outlive the scope that loads
    /// them.
    /// </returns>
    /// <exception cref="KeyNotFoundException">There is no such tensor; the message gives the nearest name.</exception>
    /// <exception cref="CheckpointFormatException">The data are not what the header says.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    Tensor Read(string name, ScalarType? dtype = null);
}
