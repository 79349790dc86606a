using System.Buffers;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace LeanTune.Checkpoints;

/// <summary>One safetensors file, opened by its header; each tensor is read into its own memory when asked for.</summary>
/// <remarks>
/// Types that libtorch lacks are widened exactly: U16 to int32, U32 to int64, U64 to int64 (an error above 2^63 − 1), every 8-bit float and
/// F4 to fp32.
/// The packing of the 6-bit floats is not defined by the format: <see cref="ReadBytes"/> gives their bytes, <see cref="Read"/> refuses
/// them.
/// The file is read, never mapped.
/// </remarks>
public sealed class SafetensorsFile : ITensorSource
{
    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, SafetensorsHeader.Entry> _entries;

    private SafetensorsFile(string path, SafeFileHandle handle, SafetensorsHeader header)
    {
        Path = path;
        _handle = handle;
        _entries = header.Entries.ToDictionary(static entry => entry.Info.Name, StringComparer.Ordinal);
        Names = [.. header.Entries.Select(static entry => entry.Info.Name)];
        Metadata = header.Metadata;
    }

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names { get; }

    /// <summary>The header's free text pairs (<c>format</c> is <c>pt</c> for files of PyTorch); empty if it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header against its size. No tensor is read.</summary>
    /// <exception cref="FileNotFoundException">There is no such file; the message gives the nearest name in its folder.</exception>
    /// <exception cref="CheckpointFormatException">The header breaks the format or disagrees with the file's size.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        string full = LocalPath.ExistingFile(path);
        SafeFileHandle handle = LocalPath.OpenForReading(full);
        try
        {
            return new SafetensorsFile(full, handle, SafetensorsHeader.Read(handle, full));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <inheritdoc/>
    public TensorInfo Info(string name) => Find(name).Info;

    /// <inheritdoc/>
    public Tensor Read(string name, ScalarType? dtype = null)
    {
        SafetensorsHeader.Entry entry = Find(name);
        if (entry.Dtype.ReadAs is not { } readAs)
            throw new CheckpointFormatException(
                Path, $"tensor '{name}'",
                $"{entry.Dtype.Code} values cannot be unpacked, since the format does not say how they are packed; ReadBytes gives their bytes");

        Tensor tensor = TensorMemory.Allocate(entry.Info.Shape, readAs);
        try
        {
            if (entry.Dtype.Decode is { } decode)
                ReadDecoded(entry, decode, tensor);
            else
                ReadPlain(entry, tensor);
            return TensorMemory.Convert(tensor, dtype);
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Reads the stored bytes of a tensor, whatever its type.</summary>
    /// <returns>A uint8 CPU tensor of shape (bytes), owned by the caller, in no dispose scope.</returns>
    /// <exception cref="KeyNotFoundException">There is no such tensor; the message gives the nearest name.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public Tensor ReadBytes(string name)
    {
        SafetensorsHeader.Entry entry = Find(name);
        Tensor tensor = TensorMemory.Allocate([entry.Info.Bytes], ScalarType.Byte);
        try
        {
            ReadPlain(entry, tensor);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Closes the file; tensors that were read stay valid.</summary>
    public void Dispose() => _handle.Dispose();

    private void ReadPlain(SafetensorsHeader.Entry entry, Tensor tensor)
    {
        TensorInfo info = entry.Info;
        long elementBytes = tensor.ElementSize;
        bool boolean = tensor.dtype == ScalarType.Bool;
        TensorMemory.ForEachChunk(tensor, (first, bytes) =>
        {
            TensorMemory.ReadExactly(_handle, Path, info.Name, bytes, info.Offset + first * elementBytes);
            // Any other byte in a bool tensor is undefined behaviour inside libtorch.
            if (boolean && bytes.ContainsAnyExcept((byte)0, (byte)1))
                throw new CheckpointFormatException(Path, $"tensor '{info.Name}'", "BOOL values must be 0 or 1");
        });
    }

    private void ReadDecoded(SafetensorsHeader.Entry entry, SmallTypes.Decoder decode, Tensor tensor)
    {
        TensorInfo info = entry.Info;
        long elementBytes = tensor.ElementSize;
        int bits = entry.Dtype.Bits;
        TensorMemory.ForEachChunk(tensor, (first, bytes) =>
        {
            int length = (int)(bytes.Length / elementBytes * bits / 8);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
            try
            {
                TensorMemory.ReadExactly(_handle, Path, info.Name, buffer.AsSpan(0, length), info.Offset + first * bits / 8);
                decode(buffer.AsSpan(0, length), bytes);
            }
            catch (OverflowException error)
            {
                throw new CheckpointFormatException(
                    Path, $"tensor '{info.Name}'",
                    $"a {entry.Dtype.Code} value is above {long.MaxValue} and does not fit int64", error);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        });
    }

    private SafetensorsHeader.Entry Find(string name) =>
        _entries.TryGetValue(name, out SafetensorsHeader.Entry? entry)
            ? entry
            : throw new KeyNotFoundException($"{Path} has no tensor '{name}'{NearestName.Hint(name, Names)}");
}
