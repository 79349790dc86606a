using System.Buffers.Binary;

namespace LeanTune.Data;

/// <summary>Checks that a Parquet file's footer, a structure in Thrift's compact protocol, is whole: the Parquet library reads on for ever where its end is missing.</summary>
/// <remarks>Only the nesting is checked, not what it means: parquet.apache.org/docs/file-format, and Thrift's "compact protocol encoding".</remarks>
internal ref struct ParquetFooter
{
    private const int Deepest = 32, Ending = 8;

    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;

    private ParquetFooter(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Reads the footer and leaves the file at its start.</summary>
    /// <exception cref="InvalidDataException">It is not there, or not whole.</exception>
    public static void Require(Stream file)
    {
        Span<byte> ending = stackalloc byte[Ending];
        if (file.Length < Ending + 4)
            throw new InvalidDataException($"it is {file.Length} bytes long");
        file.Position = file.Length - Ending;
        file.ReadExactly(ending);
        if (!ending[4..].SequenceEqual("PAR1"u8))
            throw new InvalidDataException("it does not end with PAR1");
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(ending);
        if (length > file.Length - Ending - 4)
            throw new InvalidDataException($"its footer of {length} bytes is longer than the file");
        byte[] bytes = new byte[length];
        file.Position = file.Length - Ending - length;
        file.ReadExactly(bytes);
        var footer = new ParquetFooter(bytes);
        footer.SkipStruct(0);
        if (footer._at < bytes.Length)
            throw new InvalidDataException($"its footer ends {bytes.Length - footer._at} bytes too soon");
        file.Position = 0;
    }

    private void SkipStruct(int depth)
    {
        if (depth > Deepest)
            throw new InvalidDataException("its footer is nested too deeply");
        while (Next() is var header and not 0)
        {
            if (header >> 4 == 0)
                Varint(); // The field's number, where it is no small step from the last.
            // A flag's value is in its type.
            if ((header & 15) is not (1 or 2))
                Skip(header & 15, depth);
        }
    }

    private void Skip(int type, int depth)
    {
        switch (type)
        {
            case 1 or 2 or 3:
                Pass(1);
                break;
            case 4 or 5 or 6:
                Varint();
                break;
            case 7:
                Pass(8);
                break;
            case 8:
                Pass(Varint());
                break;
            case 9 or 10:
                byte header = Next();
                for (ulong left = header >> 4 == 15 ? Varint() : (ulong)(header >> 4); left > 0; left--)
                    Skip(header & 15, depth + 1);
                break;
            case 11:
                ulong pairs = Varint();
                byte types = pairs > 0 ? Next() : (byte)0;
                for (; pairs > 0; pairs--)
                {
                    Skip(types >> 4, depth + 1);
                    Skip(types & 15, depth + 1);
                }

                break;
            case 12:
                SkipStruct(depth + 1);
                break;
            default:
                throw new InvalidDataException($"its footer holds a value of the unknown type {type}");
        }
    }

    private byte Next() => _at < _bytes.Length ? _bytes[_at++] : throw new InvalidDataException("its footer is cut off");

    private void Pass(ulong bytes)
    {
        if (bytes > (ulong)(_bytes.Length - _at))
            throw new InvalidDataException("its footer is cut off");
        _at += (int)bytes;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte part = Next();
            value |= (ulong)(part & 127) << shift;
            if (part < 128)
                return value;
        }

        throw new InvalidDataException("its footer holds a number that does not end");
    }
}
