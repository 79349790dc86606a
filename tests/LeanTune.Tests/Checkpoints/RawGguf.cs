using System.Text;

namespace LeanTune.Tests.Checkpoints;

/// <summary>Makes GGUF files value by value from the format's description, sound ones and broken ones.</summary>
internal sealed class RawGguf
{
    private readonly List<(string Key, object Value)> _metadata = [];
    private readonly List<Entry> _tensors = [];

    public uint Version { get; init; } = 3;

    public string Magic { get; init; } = "GGUF";

    public ulong? StatedTensors { get; init; }

    public ulong? StatedPairs { get; init; }

    public int Alignment { get; init; } = 32;

    private sealed record Entry(string Name, ulong[] Dimensions, uint Type, ulong? Offset, byte[] Data);

    /// <summary>Adds metadata: uint, int, ulong, float, bool, string, string[], int[], float[], or raw bytes that follow the key.</summary>
    public RawGguf With(string key, object value)
    {
        _metadata.Add((key, value));
        return this;
    }

    /// <summary>Adds a tensor; dimensions innermost first, as in the file. Without an offset it follows the one before.</summary>
    public RawGguf Tensor(string name, ulong[] dimensions, uint type, byte[] data, ulong? offset = null)
    {
        _tensors.Add(new Entry(name, dimensions, type, offset, data));
        return this;
    }

    /// <summary>Adds an fp32 tensor of PyTorch's shape.</summary>
    public RawGguf Floats(string name, long[] shape, float[] values)
    {
        byte[] data = new byte[4 * values.Length];
        Buffer.BlockCopy(values, 0, data, 0, data.Length);
        return Tensor(name, [.. shape.Reverse().Select(static size => (ulong)size)], 0, data);
    }

    public string Save(TemporaryFolder folder, string name = "model.gguf")
    {
        string path = folder.File(name);
        File.WriteAllBytes(path, Bytes());
        return path;
    }

    public byte[] Bytes()
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write(Encoding.ASCII.GetBytes(Magic));
        writer.Write(Version);
        writer.Write(StatedTensors ?? (ulong)_tensors.Count);
        writer.Write(StatedPairs ?? (ulong)_metadata.Count);
        foreach ((string key, object value) in _metadata)
        {
            Text(writer, key);
            Value(writer, value);
        }

        ulong offset = 0;
        foreach (Entry tensor in _tensors)
        {
            Text(writer, tensor.Name);
            writer.Write((uint)tensor.Dimensions.Length);
            foreach (ulong dimension in tensor.Dimensions)
                writer.Write(dimension);
            writer.Write(tensor.Type);
            writer.Write(tensor.Offset ?? offset);
            offset += (ulong)((tensor.Data.Length + Alignment - 1) / Alignment * Alignment);
        }

        foreach (Entry tensor in _tensors)
        {
            Pad(writer);
            writer.Write(tensor.Data);
        }

        writer.Flush();
        return stream.ToArray();
    }

    private void Pad(BinaryWriter writer)
    {
        while (writer.BaseStream.Position % Alignment != 0)
            writer.Write((byte)0);
    }

    private static void Text(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void Value(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case uint number:
                writer.Write(4u);
                writer.Write(number);
                break;
            case int number:
                writer.Write(5u);
                writer.Write(number);
                break;
            case float number:
                writer.Write(6u);
                writer.Write(number);
                break;
            case bool flag:
                writer.Write(7u);
                writer.Write(flag);
                break;
            case string text:
                writer.Write(8u);
                Text(writer, text);
                break;
            case ulong number:
                writer.Write(10u);
                writer.Write(number);
                break;
            case byte[] raw:
                writer.Write(raw);
                break;
            case int[] numbers:
                List(writer, 5, numbers.Length);
                Array.ForEach(numbers, writer.Write);
                break;
            case float[] numbers:
                List(writer, 6, numbers.Length);
                Array.ForEach(numbers, writer.Write);
                break;
            case string[] texts:
                List(writer, 8, texts.Length);
                Array.ForEach(texts, text => Text(writer, text));
                break;
            default:
                throw new ArgumentException($"no GGUF value for {value.GetType()}", nameof(value));
        }
    }

    private static void List(BinaryWriter writer, uint type, int length)
    {
        writer.Write(9u);
        writer.Write(type);
        writer.Write((ulong)length);
    }
}
