using System.Buffers.Binary;
using System.Numerics;
using static TorchSharp.torch;

namespace LeanTune.Checkpoints;

/// <summary>
/// The head of a GGUF file: version, metadata, and the tensors' names, shapes, types and places, checked against the file's size.
/// </summary>
internal sealed class GgufHeader
{
    private const uint DefaultAlignment = 32;
    private const int MaxDimensions = 4;
    private const int MaxNameBytes = 1024;

    private readonly string _file;
    private readonly Dictionary<string, object> _metadata = new(StringComparer.Ordinal);
    private readonly List<Entry> _entries = [];

    private GgufHeader(string file) => _file = file;

    /// <summary>One tensor: its place, and its type in the file.</summary>
    public sealed record Entry(TensorInfo Info, GgufType Type);

    public uint Version { get; private set; }

    public IReadOnlyDictionary<string, object> Metadata => _metadata;

    /// <summary>The tensors in the order of the header.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>Reads and checks the head of a file.</summary>
    /// <exception cref="CheckpointFormatException">The head breaks the format or disagrees with the file's size.</exception>
    public static GgufHeader Read(Stream stream, string file)
    {
        long fileBytes = stream.Length;
        GgufStream input = new(stream, file, fileBytes);
        GgufHeader header = new(file);
        if (fileBytes < 24 || input.UInt32() != BinaryPrimitives.ReadUInt32LittleEndian("GGUF"u8))
            throw new CheckpointFormatException(
                file, "byte 0",
                "not a GGUF file: it must begin with the letters GGUF, a version and two counts");
        header.ReadVersion(input);

        // A tensor takes a name (8 bytes and more), its dimensions' count, type and offset; a metadata pair a name, a type and a value.
        int tensors = input.Count("tensors", 24);
        int pairs = input.Count("metadata pairs", 13);
        for (int i = 0; i < pairs; i++)
            header.ReadPair(input);
        uint alignment = header.Alignment();
        List<(string Name, long[] Shape, GgufType Type, ulong Offset, long Bytes)> found = [];
        for (int i = 0; i < tensors; i++)
            found.Add(header.ReadTensor(input));

        long dataStart = Align(input.Position, alignment);
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach ((string name, long[] shape, GgufType type, ulong offset, long bytes) in found)
        {
            if (!names.Add(name))
                throw header.Wrong(name, "the name occurs twice");
            if (offset % alignment != 0)
                throw header.Wrong(name, $"its offset {offset} is no multiple of the file's alignment {alignment}");
            if (offset > (ulong)fileBytes || bytes > fileBytes - dataStart - (long)offset)
                throw header.Wrong(
                    name,
                    $"its {bytes} bytes at {offset} do not lie in the {Math.Max(0, fileBytes - dataStart)} bytes of data; the file is cut short or damaged");
            ScalarType dtype = type.ReadAs ?? ScalarType.Float32;
            TensorInfo info = new(name, dtype, shape, file, dataStart + (long)offset, bytes) { StoredAs = type.Name };
            header._entries.Add(new Entry(info, type));
        }

        header.CheckOverlaps();
        return header;
    }

    private void ReadVersion(GgufStream input)
    {
        Version = input.UInt32();
        if (Version is 2 or 3)
            return;
        string why = BinaryPrimitives.ReverseEndianness(Version) is > 0 and < 100
            ? "the file is big-endian, which is not supported"
            : $"version {Version} is not supported; versions 2 and 3 are";
        throw new CheckpointFormatException(_file, "byte 4", why);
    }

    private void ReadPair(GgufStream input)
    {
        long at = input.Position;
        string key = input.String();
        if (key.Length == 0)
            throw input.Wrong(at, "a metadata key is empty");
        string shown = CheckpointFormatException.Shorten(key);
        object value = input.Value(input.UInt32(), shown);
        if (!_metadata.TryAdd(key, value))
            throw input.Wrong(at, $"the metadata key '{shown}' occurs twice");
    }

    private uint Alignment()
    {
        if (!_metadata.TryGetValue("general.alignment", out object? value))
            return DefaultAlignment;
        return value is uint alignment && BitOperations.IsPow2(alignment) && alignment <= 1 << 20
            ? alignment
            : throw new CheckpointFormatException(
                _file, "metadata 'general.alignment'",
                $"is {value}; expected a power of two of type uint32");
    }

    private (string Name, long[] Shape, GgufType Type, ulong Offset, long Bytes) ReadTensor(GgufStream input)
    {
        long at = input.Position;
        string name = input.String();
        if (name.Length is 0 or > MaxNameBytes)
            throw input.Wrong(at, $"a tensor's name has {name.Length} characters; expected 1 to {MaxNameBytes}");
        uint dimensions = input.UInt32();
        if (dimensions > MaxDimensions)
            throw Wrong(name, $"it has {dimensions} dimensions; GGUF allows {MaxDimensions}");
        long[] shape = new long[dimensions];
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            // GGUF lists the innermost dimension first.
            ulong size = input.UInt64();
            shape[i] = size <= long.MaxValue ? (long)size : throw Wrong(name, $"a dimension of {size} is larger than any file can be");
        }

        uint id = input.UInt32();
        if (!GgufType.TryFind(id, out GgufType? type))
            throw Wrong(name, $"its type number {id} is unknown; supported: {GgufType.Supported}");
        long row = shape.Length == 0 ? 1 : shape[^1];
        if (row % type.BlockElements != 0)
            throw Wrong(name, $"rows of {row} elements do not fill blocks of {type.BlockElements} ({type.Name})");
        return (name, shape, type, input.UInt64(), BytesOf(name, shape, type));
    }

    private long BytesOf(string name, long[] shape, GgufType type)
    {
        try
        {
            long count = shape.Aggregate(1L, static (product, size) => checked(product * size));
            // The elements too must be countable in bytes once they are fp32 or wider.
            _ = checked(count * sizeof(double));
            return checked(count / type.BlockElements * type.BlockBytes);
        }
        catch (OverflowException error)
        {
            throw new CheckpointFormatException(
                _file, $"tensor '{name}'",
                $"its shape [{string.Join(", ", shape)}] is larger than any file can be", error);
        }
    }

    private void CheckOverlaps()
    {
        TensorInfo? before = null;
        foreach (TensorInfo info in _entries.Select(static entry => entry.Info).OrderBy(static info => (info.Offset, info.Bytes)))
        {
            if (before is not null && info.Offset < before.Offset + before.Bytes)
                throw Wrong(info.Name, $"its data overlap those of '{CheckpointFormatException.Shorten(before.Name)}'");
            before = info;
        }
    }

    private static long Align(long position, uint alignment) => (position + alignment - 1) / alignment * alignment;

    private CheckpointFormatException Wrong(string tensor, string problem) => new(_file, $"tensor '{tensor}'", problem);
}
