using System.Buffers.Binary;
using System.Text;

namespace LeanTune.Checkpoints;

/// <summary>
/// Reads GGUF's numbers, strings and arrays, holding every stated length against the bytes that are left before anything is allocated.
/// </summary>
internal sealed class GgufStream(Stream stream, string file, long fileBytes)
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private long Left => fileBytes - Position;

    /// <summary>Bytes read so far.</summary>
    public long Position { get; private set; }

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(stackalloc byte[4]));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(stackalloc byte[8]));

    /// <summary>A count of things that take at least <paramref name="leastBytes"/> bytes each.</summary>
    public int Count(string what, int leastBytes)
    {
        long at = Position;
        ulong count = UInt64();
        if (count > (ulong)(Left / leastBytes) || count > int.MaxValue)
            throw Wrong(at, $"{count} {what} cannot lie in the {Left} bytes that follow; the file is cut short or damaged");
        return (int)count;
    }

    public string String()
    {
        long at = Position;
        int length = Count("bytes of text", 1);
        byte[] bytes = new byte[length];
        Take(bytes);
        try
        {
            return s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new CheckpointFormatException(file, $"byte {at}", "the text is not valid UTF-8", error);
        }
    }

    /// <summary>A metadata value of the given type: a number, a bool, a string, or an array of one of these.</summary>
    public object Value(uint type, string key)
    {
        if (type != 9)
            return Scalar(type, key);
        uint elementType = UInt32();
        return elementType switch
        {
            0 => Array(1, key, static bytes => bytes[0]),
            1 => Array(1, key, static bytes => (sbyte)bytes[0]),
            2 => Array(2, key, BinaryPrimitives.ReadUInt16LittleEndian),
            3 => Array(2, key, BinaryPrimitives.ReadInt16LittleEndian),
            4 => Array(4, key, BinaryPrimitives.ReadUInt32LittleEndian),
            5 => Array(4, key, BinaryPrimitives.ReadInt32LittleEndian),
            6 => Array(4, key, BinaryPrimitives.ReadSingleLittleEndian),
            7 => Array(1, key, static bytes => bytes[0] != 0),
            8 => Strings(key),
            10 => Array(8, key, BinaryPrimitives.ReadUInt64LittleEndian),
            11 => Array(8, key, BinaryPrimitives.ReadInt64LittleEndian),
            12 => Array(8, key, BinaryPrimitives.ReadDoubleLittleEndian),
            9 => throw Wrong(Position - 4, $"the value of '{key}' is an array of arrays, which no reader supports"),
            _ => throw Wrong(Position - 4, $"the value of '{key}' is an array of unknown type {elementType}; types are 0 to 12"),
        };
    }

    /// <summary>An error at a byte offset of this file.</summary>
    public CheckpointFormatException Wrong(long at, string problem) => new(file, $"byte {at}", problem);

    private delegate T Parse<T>(ReadOnlySpan<byte> bytes);

    private object Scalar(uint type, string key)
    {
        Span<byte> buffer = stackalloc byte[8];
        return type switch
        {
            0 => Take(buffer[..1])[0],
            1 => (sbyte)Take(buffer[..1])[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(Take(buffer[..2])),
            3 => BinaryPrimitives.ReadInt16LittleEndian(Take(buffer[..2])),
            4 => UInt32(),
            5 => BinaryPrimitives.ReadInt32LittleEndian(Take(buffer[..4])),
            6 => BinaryPrimitives.ReadSingleLittleEndian(Take(buffer[..4])),
            7 => Take(buffer[..1])[0] switch { 0 => false, 1 => true, byte other => throw Wrong(
                Position - 1,
                $"the bool '{key}' is {other}; expected 0 or 1") },
            8 => String(),
            10 => UInt64(),
            11 => BinaryPrimitives.ReadInt64LittleEndian(Take(buffer)),
            12 => BinaryPrimitives.ReadDoubleLittleEndian(Take(buffer)),
            _ => throw Wrong(Position - 4, $"the value of '{key}' has unknown type {type}; types are 0 to 12"),
        };
    }

    private T[] Array<T>(int width, string key, Parse<T> parse)
    {
        T[] values = new T[Count($"values of '{key}'", width)];
        Span<byte> buffer = stackalloc byte[8];
        for (int i = 0; i < values.Length; i++)
            values[i] = parse(Take(buffer[..width]));
        return values;
    }

    private string[] Strings(string key)
    {
        string[] values = new string[Count($"texts of '{key}'", sizeof(ulong))];
        for (int i = 0; i < values.Length; i++)
            values[i] = String();
        return values;
    }

    private Span<byte> Take(Span<byte> buffer)
    {
        if (buffer.Length > Left)
            throw Wrong(Position, $"the file ends within its header, after {fileBytes} bytes; it is cut short");
        stream.ReadExactly(buffer);
        Position += buffer.Length;
        return buffer;
    }
}
