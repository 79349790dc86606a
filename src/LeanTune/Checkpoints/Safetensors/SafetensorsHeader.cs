using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace LeanTune.Checkpoints;

/// <summary>
/// The header of a safetensors file: length, JSON of names to types, shapes and byte ranges, all held against the file's real size.
/// </summary>
/// <remarks>
/// A file is eight bytes of header length (little-endian), the header, then the data. Every byte of the data belongs to exactly one tensor;
/// that is
/// checked, since a file that breaks it hides something or was cut.
/// </remarks>
internal sealed class SafetensorsHeader
{
    /// <summary>The reference implementation's limit on the header.</summary>
    private const long MaxHeaderBytes = 100_000_000;

    /// <summary>libtorch's iterators stop at 64 dimensions.</summary>
    private const int MaxDimensions = 64;

    private readonly string _file;
    private readonly long _dataStart;
    private readonly long _dataBytes;
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly List<Entry> _entries = [];

    private SafetensorsHeader(string file, long dataStart, long dataBytes)
    {
        _file = file;
        _dataStart = dataStart;
        _dataBytes = dataBytes;
    }

    /// <summary>One tensor: its place, and its type in the file.</summary>
    public sealed record Entry(TensorInfo Info, SafetensorsDtype Dtype);

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>The tensors in the order of their data.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>Reads and checks the header.</summary>
    /// <exception cref="CheckpointFormatException">The header breaks the format or disagrees with the file's size.</exception>
    public static SafetensorsHeader Read(SafeFileHandle handle, string file)
    {
        long fileBytes = RandomAccess.GetLength(handle);
        if (fileBytes < 8)
            throw new CheckpointFormatException(
                file, null,
                $"a safetensors file starts with 8 bytes of header length, but this file has {fileBytes} bytes in all");
        Span<byte> prefix = stackalloc byte[8];
        TensorMemory.ReadExactly(handle, file, "header", prefix, 0);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeaderBytes)
            throw new CheckpointFormatException(
                file, "byte 0",
                $"the header length {length} is above the format's limit of {MaxHeaderBytes}; this is not a safetensors file or it is damaged");
        if ((long)length > fileBytes - 8)
            throw new CheckpointFormatException(
                file, "byte 0",
                $"the header is said to have {length} bytes, but only {fileBytes - 8} follow; the file is cut short or not a safetensors file");

        byte[] json = new byte[length];
        TensorMemory.ReadExactly(handle, file, "header", json, 8);
        SafetensorsHeader header = new(file, 8 + (long)length, fileBytes - 8 - (long)length);
        header.Parse(json);
        header.CheckCoverage();
        return header;
    }

    private void Parse(byte[] json)
    {
        try
        {
            if (json.Length == 0 || json[0] != (byte)'{')
                throw Wrong("byte 8", "the header must start with '{'");
            Utf8JsonReader reader = new(json);
            reader.Read();
            HashSet<string> seen = new(StringComparer.Ordinal);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                if (!seen.Add(name))
                    throw Wrong($"tensor '{name}'", "the name occurs twice in the header");
                reader.Read();
                if (name == "__metadata__")
                    ParseMetadata(ref reader);
                else
                    _entries.Add(ParseTensor(ref reader, name));
            }

            if (reader.Read())
                throw Wrong("header", "nothing may follow the closing '}'");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is what GetString says of bytes that are not UTF-8.
            throw new CheckpointFormatException(_file, "header", $"not valid JSON: {error.Message.TrimEnd('.')}", error);
        }
    }

    private void ParseMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Wrong("__metadata__", "must be an object of strings");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw Wrong($"__metadata__ key '{key}'", $"must be a string, is {reader.TokenType}");
            if (!_metadata.TryAdd(key, reader.GetString()!))
                throw Wrong($"__metadata__ key '{key}'", "occurs twice");
        }
    }

    private Entry ParseTensor(ref Utf8JsonReader reader, string name)
    {
        string place = $"tensor '{name}'";
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Wrong(place, "must be an object with dtype, shape and data_offsets");
        string? code = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            switch (key)
            {
                case "dtype" when code is null && reader.TokenType == JsonTokenType.String:
                    code = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ParseNumbers(ref reader, place, key, MaxDimensions);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ParseNumbers(ref reader, place, key, 2);
                    break;
                default:
                    throw Wrong(
                        place,
                        $"the key '{CheckpointFormatException.Shorten(key)}' is unknown, occurs twice or has the wrong type; "
                        + "expected dtype (a string), shape and data_offsets (arrays), once each");
            }
        }

        if (code is null || shape is null || offsets is null)
            throw Wrong(place, $"{(code is null ? "dtype" : shape is null ? "shape" : "data_offsets")} is missing");
        if (!SafetensorsDtype.TryFind(code, out SafetensorsDtype? dtype))
            throw Wrong(
                place,
                $"unknown dtype '{CheckpointFormatException.Shorten(code)}'; the format knows {string.Join(", ", SafetensorsDtype.Codes)}");
        if (offsets.Count != 2 || offsets[0] > offsets[1] || offsets[1] > _dataBytes)
            throw Wrong(
                place,
                $"data_offsets [{string.Join(", ", offsets)}] must be a begin and an end within the {_dataBytes} bytes of data; the file is cut short or damaged");

        long bytes = BytesOf(shape, dtype, place);
        if (bytes != offsets[1] - offsets[0])
            throw Wrong(
                place,
                $"shape [{string.Join(", ", shape)}] of {code} needs {bytes} bytes, but data_offsets give {offsets[1] - offsets[0]}");
        TensorInfo info = new(name, dtype.ReadAs ?? ScalarType.Byte, shape, _file, _dataStart + offsets[0], bytes) { StoredAs = code };
        return new Entry(info, dtype);
    }

    private List<long> ParseNumbers(ref Utf8JsonReader reader, string place, string key, int limit)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Wrong(place, $"{key} must be an array of whole numbers, is {reader.TokenType}");
        List<long> numbers = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
                throw Wrong(place, $"{key} must hold whole numbers from 0 to 2^63 - 1");
            if (numbers.Count == limit)
                throw Wrong(place, $"{key} has more than {limit} numbers");
            numbers.Add(number);
        }

        return numbers;
    }

    private long BytesOf(List<long> shape, SafetensorsDtype dtype, string place)
    {
        try
        {
            long bits = dtype.Bits;
            foreach (long size in shape)
                bits = checked(bits * size);
            if (bits % 8 != 0)
                throw Wrong(place, $"{dtype.Code} elements are packed, and shape [{string.Join(", ", shape)}] does not fill whole bytes");
            return bits / 8;
        }
        catch (OverflowException error)
        {
            throw new CheckpointFormatException(_file, place, $"shape [{string.Join(", ", shape)}] is larger than any file can be", error);
        }
    }

    /// <summary>Orders the tensors by their data and sees that these neither overlap nor leave holes.</summary>
    private void CheckCoverage()
    {
        _entries.Sort(static (a, b) => (a.Info.Offset, a.Info.Bytes).CompareTo((b.Info.Offset, b.Info.Bytes)));
        long position = _dataStart;
        foreach (Entry entry in _entries)
        {
            if (entry.Info.Offset != position)
            {
                string what = entry.Info.Offset < position
                    ? "overlaps the tensor before it"
                    : $"leaves {entry.Info.Offset - position} bytes before it unused";
                throw Wrong($"tensor '{entry.Info.Name}'", $"its data at byte {entry.Info.Offset} {what}; expected byte {position}");
            }

            position += entry.Info.Bytes;
        }

        if (position != _dataStart + _dataBytes)
            throw Wrong($"byte {position}", $"{_dataStart + _dataBytes - position} bytes after the last tensor belong to none");
    }

    private CheckpointFormatException Wrong(string place, string problem) => new(_file, place, problem);
}
