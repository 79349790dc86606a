using System.Buffers.Binary;
using System.Text;

namespace LeanTune.Tests.Metrics;

/// <summary>Reads TensorBoard's event files from their description alone: records framed by lengths and masked CRC-32C, in them protocol buffers.</summary>
internal static class EventFile
{
    public static IReadOnlyList<(string Tag, long Step, float Value, double Time)> Scalars(string folder) =>
        [.. Directory.GetFiles(folder, "events.out.tfevents.*").Order(StringComparer.Ordinal).SelectMany(file => Records(File.ReadAllBytes(file))).SelectMany(Read)];

    private static IEnumerable<byte[]> Records(byte[] file)
    {
        for (int at = 0; at < file.Length;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)).ShouldBe(Masked(file.AsSpan(at, 8)));
            byte[] data = file[(at + 12)..(at + 12 + length)];
            BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)).ShouldBe(Masked(data));
            yield return data;
            at += 16 + length;
        }
    }

    private static List<(string, long, float, double)> Read(byte[] record)
    {
        List<(string, long, float, double)> scalars = [];
        (double time, long step) = (0, 0);
        foreach ((int field, byte[] bytes) in Fields(record))
        {
            if (field == 1) time = BinaryPrimitives.ReadDoubleLittleEndian(bytes);
            else if (field == 2) step = BinaryPrimitives.ReadInt64LittleEndian(bytes);
            else if (field == 5)
                foreach ((int _, byte[] value) in Fields(bytes))
                {
                    Dictionary<int, byte[]> parts = Fields(value).ToDictionary(part => part.Field, part => part.Bytes);
                    scalars.Add((Encoding.UTF8.GetString(parts[1]), 0, parts.TryGetValue(2, out byte[]? number) ? BinaryPrimitives.ReadSingleLittleEndian(number) : 0, 0));
                }
        }

        return [.. scalars.Select(scalar => (scalar.Item1, step, scalar.Item3, time))];
    }

    /// <summary>Fields of a message; variable-length integers as 8 bytes.</summary>
    private static List<(int Field, byte[] Bytes)> Fields(byte[] message)
    {
        List<(int, byte[])> fields = [];
        for (int at = 0; at < message.Length;)
        {
            ulong key = Varint(message, ref at);
            int length = (key & 7) switch { 1 => 8, 5 => 4, 2 => (int)Varint(message, ref at), 0 => 0, _ => throw new InvalidDataException($"wire type {key & 7}") };
            byte[] bytes = (key & 7) == 0 ? BitConverter.GetBytes(Varint(message, ref at)) : message[at..(at + length)];
            at += length;
            fields.Add(((int)(key >> 3), bytes));
        }

        return fields;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = message[at++];
            value |= (ulong)(next & 127) << shift;
            if (next < 128) return value;
        }
    }

    private static uint Masked(ReadOnlySpan<byte> data)
    {
        uint crc = ~0u;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
        }

        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
    }
}
