using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text.Json;
using static TorchSharp.torch;

namespace LeanTune.Checkpoints;

/// <summary>Writes safetensors files, one tensor in memory at a time, aside and renamed.</summary>
/// <remarks>
/// The header is padded so that the data start at a multiple of 8 bytes, and wider types come first, so that every tensor is aligned to its
/// element.
/// Metadata always hold <c>format: pt</c> unless the caller says otherwise: Python's loaders refuse files without it.
/// </remarks>
public static class SafetensorsWriter
{
    /// <summary>The hub's customary size of a shard, in bytes.</summary>
    public const long DefaultMaxShardBytes = 5_000_000_000;

    /// <summary>Writes tensors that are at hand. They stay the caller's; any device, any strides.</summary>
    /// <param name="path">The file to write or replace; its folder must exist.</param>
    /// <param name="tensors">Names and tensors.</param>
    /// <param name="metadata">Free text pairs for the header.</param>
    /// <exception cref="ArgumentException">A name occurs twice or is reserved.</exception>
    /// <exception cref="NotSupportedException">The format has no such element type.</exception>
    /// <exception cref="IOException">The file cannot be written; an earlier one is unchanged.</exception>
    [OverloadResolutionPriority(1)]
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        Write(path, tensors.Select(static pair => TensorToWrite.Of(pair.Key, pair.Value)), metadata);
    }

    /// <summary>
    /// Writes tensors that are made one by one while the file is written; each is disposed when it is on its way to disk.
    /// </summary>
    /// <inheritdoc cref="Write(string, IEnumerable{KeyValuePair{string, Tensor}}, IReadOnlyDictionary{string, string}?)"/>
    public static void Write(string path, IEnumerable<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        List<TensorToWrite> ordered = Order(tensors);
        AtomicFile.Write(path, stream => WriteTo(stream, ordered, metadata));
    }

    /// <summary>The first half of <see cref="Write(string, IEnumerable{TensorToWrite}, IReadOnlyDictionary{string, string}?)"/>, for files that change together: see <see cref="AtomicFile.Commit"/>.</summary>
    internal static void WriteAside(string path, IEnumerable<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        List<TensorToWrite> ordered = Order(tensors);
        AtomicFile.WriteAside(path, stream => WriteTo(stream, ordered, metadata));
    }

    /// <summary>
    /// Writes a model's weights into a folder: <c>model.safetensors</c>, or shards with an index when they exceed <paramref
    /// name="maxShardBytes"/>.
    /// </summary>
    /// <remarks>
    /// All files are written aside first and renamed together at the end, the index last. Weights files of an earlier model in the folder
    /// that the
    /// new one does not replace (model.safetensors, model-*-of-*.safetensors, the index) are removed then, since readers would mix them up.
    /// </remarks>
    /// <param name="folder">The folder; made if absent.</param>
    /// <param name="tensors">Names, shapes, types and what makes each tensor.</param>
    /// <param name="metadata">Free text pairs for every header.</param>
    /// <param name="maxShardBytes">Most data bytes a shard; a larger tensor gets a shard of its own.</param>
    /// <returns>Full paths of the files written, the index last if there is one.</returns>
    /// <inheritdoc cref="Write(string, IEnumerable{KeyValuePair{string, Tensor}}, IReadOnlyDictionary{string, string}?)"
    /// path="/exception"/>
    public static IReadOnlyList<string> WriteSharded(
        string folder, IEnumerable<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata = null, long maxShardBytes = DefaultMaxShardBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxShardBytes);
        List<TensorToWrite> all = Checked(tensors);
        List<List<TensorToWrite>> shards = Split(all, maxShardBytes);
        Directory.CreateDirectory(folder);
        string full = Path.GetFullPath(folder);
        List<string> files = shards.Count == 1
            ? [Path.Combine(full, HubFolder.WeightsName)]
            : [.. shards.Select((_, i) => Path.Combine(full, $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors"))];
        try
        {
            for (int i = 0; i < shards.Count; i++)
            {
                List<TensorToWrite> ordered = Order(shards[i]);
                AtomicFile.WriteAside(files[i], stream => WriteTo(stream, ordered, metadata));
            }

            if (shards.Count > 1)
            {
                string index = Path.Combine(full, HubFolder.IndexName);
                AtomicFile.WriteAside(index, stream => WriteIndex(stream, shards, files));
                files.Add(index);
                // A process killed between the renames must leave a folder without an index, which is an error, not one whose index joins
                // old and new shards.
                File.Delete(index);
            }

            files.ForEach(AtomicFile.Commit);
        }
        finally
        {
            files.ForEach(AtomicFile.Discard);
        }

        RemoveEarlierWeights(full, files);
        return files;
    }

    private static List<TensorToWrite> Checked(IEnumerable<TensorToWrite> tensors)
    {
        List<TensorToWrite> all = [.. tensors];
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (TensorToWrite tensor in all)
        {
            if (tensor.Name == "__metadata__")
                throw new ArgumentException("A tensor may not be called '__metadata__': the format reserves the name.", nameof(tensors));
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"The tensor name '{tensor.Name}' occurs twice.", nameof(tensors));
            _ = tensor.Bytes;
        }

        return all;
    }

    /// <summary>Widest element first; within a width the caller's order.</summary>
    private static List<TensorToWrite> Order(IEnumerable<TensorToWrite> tensors) =>
        [.. Checked(tensors).OrderByDescending(static tensor => SafetensorsDtype.Of(tensor.Dtype).Bits)];

    private static List<List<TensorToWrite>> Split(List<TensorToWrite> tensors, long maxShardBytes)
    {
        List<List<TensorToWrite>> shards = [[]];
        long bytes = 0;
        foreach (TensorToWrite tensor in tensors)
        {
            if (shards[^1].Count > 0 && bytes + tensor.Bytes > maxShardBytes)
            {
                shards.Add([]);
                bytes = 0;
            }

            shards[^1].Add(tensor);
            bytes += tensor.Bytes;
        }

        return shards;
    }

    private static void WriteTo(Stream stream, List<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        byte[] header = Header(tensors, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (TensorToWrite entry in tensors)
        {
            using Tensor tensor = entry.Make();
            if (tensor.dtype != entry.Dtype || !tensor.shape.AsSpan().SequenceEqual([.. entry.Shape]))
                throw new InvalidOperationException(
                    $"Tensor '{entry.Name}' was announced as {entry.Dtype} [{string.Join(", ", entry.Shape)}] "
                    + $"but is {tensor.dtype} [{string.Join(", ", tensor.shape)}].");
            using Tensor detached = tensor.detach();
            using Tensor local = detached.cpu();
            using Tensor contiguous = local.contiguous();
            TensorMemory.ForEachChunk(contiguous, (_, bytes) => stream.Write(bytes));
        }
    }

    private static byte[] Header(List<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            if (metadata?.ContainsKey("format") != true)
                json.WriteString("format", "pt");
            foreach ((string key, string value) in metadata ?? new Dictionary<string, string>())
                json.WriteString(key, value);
            json.WriteEndObject();
            long offset = 0;
            foreach (TensorToWrite tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", SafetensorsDtype.Of(tensor.Dtype).Code);
                json.WriteStartArray("shape");
                foreach (long size in tensor.Shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.Bytes);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void WriteIndex(Stream stream, List<List<TensorToWrite>> shards, List<string> files)
    {
        using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartObject("metadata");
        json.WriteNumber("total_size", shards.Sum(static shard => shard.Sum(static tensor => tensor.Bytes)));
        json.WriteEndObject();
        json.WriteStartObject("weight_map");
        for (int i = 0; i < shards.Count; i++)
            foreach (TensorToWrite tensor in shards[i])
                json.WriteString(tensor.Name, Path.GetFileName(files[i]));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void RemoveEarlierWeights(string folder, List<string> written)
    {
        IEnumerable<string> earlier = Directory.EnumerateFiles(folder, "model-?????-of-?????.safetensors")
            .Append(Path.Combine(folder, HubFolder.WeightsName))
            .Append(Path.Combine(folder, HubFolder.IndexName));
        foreach (string file in earlier.Except(written).ToArray())
            File.Delete(file);
    }
}
