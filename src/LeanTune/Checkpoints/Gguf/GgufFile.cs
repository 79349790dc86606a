using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace LeanTune.Checkpoints;

/// <summary>
/// A GGUF file (version 2 or 3, little-endian), opened by its head; tensors are read one by one, block types dequantised.
/// </summary>
/// <remarks>
/// Reads F32, F16, BF16, F64, the integer types, Q4_0, Q4_1 and Q8_0. Block types give fp32, bit for bit as ggml's own code does; asked for
/// another type
/// they are converted slice by slice, so that no whole fp32 copy exists. Shapes are PyTorch's: rows first. The file is read, never mapped.
/// </remarks>
public sealed class GgufFile : ITensorSource
{
    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, GgufHeader.Entry> _entries;

    private GgufFile(string path, SafeFileHandle handle, GgufHeader header)
    {
        Path = path;
        _handle = handle;
        _entries = header.Entries.ToDictionary(static entry => entry.Info.Name, StringComparer.Ordinal);
        Names = [.. header.Entries.Select(static entry => entry.Info.Name)];
        Version = header.Version;
        Metadata = header.Metadata;
    }

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    /// <summary>The format's version.</summary>
    public uint Version { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names { get; }

    /// <summary>
    /// The metadata: a value is a number of the type in the file (<see cref="uint"/>, <see cref="float"/>, …), a <see cref="bool"/>,
    /// a <see cref="string"/>, or an array of one of these.
    /// </summary>
    public IReadOnlyDictionary<string, object> Metadata { get; }

    /// <summary>Opens a file and checks its head against its size. No tensor is read.</summary>
    /// <exception cref="FileNotFoundException">There is no such file; the message gives the nearest name in its folder.</exception>
    /// <exception cref="CheckpointFormatException">The head breaks the format or disagrees with the file's size.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static GgufFile Open(string path)
    {
        string full = LocalPath.ExistingFile(path);
        GgufHeader header;
        using (FileStream stream = new(full, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16))
            header = GgufHeader.Read(stream, full);
        return new GgufFile(full, LocalPath.OpenForReading(full), header);
    }

    /// <inheritdoc/>
    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <inheritdoc/>
    public TensorInfo Info(string name) => Find(name).Info;

    /// <summary>True if <see cref="Read"/> knows the type that a tensor is stored in.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor; the message gives the nearest name.</exception>
    public bool CanRead(string name) => Find(name).Type.ReadAs is not null;

    /// <inheritdoc/>
    public Tensor Read(string name, ScalarType? dtype = null)
    {
        GgufHeader.Entry entry = Find(name);
        if (entry.Type.ReadAs is not { } readAs)
            throw new CheckpointFormatException(
                Path, $"tensor '{name}'",
                $"{entry.Type.Name} is not supported yet; supported: {GgufType.Supported}");

        bool blocks = entry.Type.Decode is not null;
        Tensor tensor = TensorMemory.Allocate(entry.Info.Shape, blocks ? dtype ?? readAs : readAs);
        try
        {
            if (!blocks)
                ReadPlain(entry, tensor);
            else if (tensor.dtype == ScalarType.Float32)
                TensorMemory.ForEachChunk(tensor, (first, bytes) => Dequantise(entry, first, MemoryMarshal.Cast<byte, float>(bytes)));
            else
                DequantiseInto(entry, tensor);
            return TensorMemory.Convert(tensor, dtype);
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Closes the file; tensors that were read stay valid.</summary>
    public void Dispose() => _handle.Dispose();

    private void ReadPlain(GgufHeader.Entry entry, Tensor tensor) =>
        TensorMemory.ForEachChunk(tensor, (first, bytes) =>
            TensorMemory.ReadExactly(_handle, Path, entry.Info.Name, bytes, entry.Info.Offset + first * entry.Type.BlockBytes));

    /// <summary>Converts through one slice of fp32.</summary>
    private void DequantiseInto(GgufHeader.Entry entry, Tensor tensor)
    {
        using Tensor scratch = TensorMemory.Allocate([Math.Min(TensorMemory.ChunkElements, entry.Info.Count)], ScalarType.Float32);
        TensorMemory.ForEachSlice(tensor, (first, slice) =>
        {
            using Tensor part = scratch.narrow(0, 0, slice.shape[0]);
            Dequantise(entry, first, MemoryMarshal.Cast<byte, float>(part.bytes));
            slice.copy_(part).Dispose();
        });
    }

    private void Dequantise(GgufHeader.Entry entry, long first, Span<float> values)
    {
        GgufType type = entry.Type;
        int length = values.Length / type.BlockElements * type.BlockBytes;
        long offset = entry.Info.Offset + first / type.BlockElements * type.BlockBytes;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Span<byte> blocks = buffer.AsSpan(0, length);
            TensorMemory.ReadExactly(_handle, Path, entry.Info.Name, blocks, offset);
            type.Decode!(blocks, values);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private GgufHeader.Entry Find(string name) =>
        _entries.TryGetValue(name, out GgufHeader.Entry? entry)
            ? entry
            : throw new KeyNotFoundException($"{Path} has no tensor '{name}'{NearestName.Hint(name, Names)}");
}
