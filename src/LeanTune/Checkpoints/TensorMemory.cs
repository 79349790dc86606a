using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace LeanTune.Checkpoints;

/// <summary>Access to a CPU tensor's own bytes in chunks, since TorchSharp's <c>bytes</c> refuses tensors of 2 GB.</summary>
internal static class TensorMemory
{
    /// <summary>Elements a chunk: 8 MB of fp32, enough to hide the cost of a call and too little to matter as a second copy.</summary>
    public const long ChunkElements = 1 << 21;

    /// <summary>Works on one run of elements: its first element's index and its bytes.</summary>
    public delegate void ChunkAction(long firstElement, Span<byte> bytes);

    /// <summary>Works on one run of elements, a vector that is a view of the tensor.</summary>
    public delegate void SliceAction(long firstElement, Tensor slice);

    /// <summary>An uninitialised contiguous CPU tensor that belongs to no dispose scope.</summary>
    public static Tensor Allocate(IReadOnlyList<long> shape, ScalarType dtype)
    {
        Tensor tensor = empty([.. shape], dtype: dtype, device: CPU);
        return tensor.DetachFromDisposeScope();
    }

    /// <summary>Walks a contiguous CPU tensor's memory from its first element to its last.</summary>
    public static void ForEachChunk(Tensor tensor, ChunkAction action) =>
        ForEachSlice(tensor, (first, slice) => action(first, slice.bytes));

    /// <summary>Walks a contiguous tensor in slices of <see cref="ChunkElements"/>, the last one shorter.</summary>
    public static void ForEachSlice(Tensor tensor, SliceAction action)
    {
        using Tensor flat = tensor.view(-1); // (elements)
        long count = flat.shape[0];
        for (long first = 0; first < count; first += ChunkElements)
        {
            using Tensor slice = flat.narrow(0, first, Math.Min(ChunkElements, count - first));
            action(first, slice);
        }
    }

    /// <summary>Fills a buffer from a file.</summary>
    /// <exception cref="CheckpointFormatException">The file ends early: it was cut short after it was opened.</exception>
    public static void ReadExactly(SafeFileHandle handle, string file, string name, Span<byte> buffer, long offset)
    {
        while (buffer.Length > 0)
        {
            int read = RandomAccess.Read(handle, buffer, offset);
            if (read == 0)
                throw new CheckpointFormatException(
                    file, $"tensor '{name}'",
                    $"the file ends at byte {offset}, {buffer.Length} bytes early; it was cut short while in use");
            buffer = buffer[read..];
            offset += read;
        }
    }

    /// <summary>Gives the tensor in the wanted type, taking ownership of the one handed in.</summary>
    public static Tensor Convert(Tensor tensor, ScalarType? dtype)
    {
        if (dtype is null || dtype == tensor.dtype)
            return tensor;
        using (tensor)
            return tensor.to_type(dtype.Value).DetachFromDisposeScope();
    }
}
