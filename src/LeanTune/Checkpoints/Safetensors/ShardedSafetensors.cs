using System.Text.Json;
using static TorchSharp.torch;

namespace LeanTune.Checkpoints;

/// <summary>The safetensors files named by a <c>model.safetensors.index.json</c>, seen as one source.</summary>
/// <remarks>Tensors that lie in a shard without being listed are part of the source, as they are for the hub's own library.</remarks>
public sealed class ShardedSafetensors : ITensorSource
{
    private readonly string _indexPath;
    private readonly List<SafetensorsFile> _shards;
    private readonly Dictionary<string, SafetensorsFile> _shardOf;

    private ShardedSafetensors(string indexPath, List<SafetensorsFile> shards, Dictionary<string, SafetensorsFile> shardOf)
    {
        _indexPath = indexPath;
        _shards = shards;
        _shardOf = shardOf;
        Names = [.. shards.SelectMany(static shard => shard.Names)];
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names { get; }

    /// <summary>Full paths of the shards, in the order of the index.</summary>
    public IReadOnlyList<string> Files => [.. _shards.Select(static shard => shard.Path)];

    /// <summary>
    /// Opens every shard of an index and checks that every listed tensor is where the index says, and nowhere else. No tensor is read.
    /// </summary>
    /// <param name="indexPath">Path of the index; the shards lie beside it.</param>
    /// <exception cref="FileNotFoundException">The index or a shard is absent; the message names all absent shards.</exception>
    /// <exception cref="CheckpointFormatException">
    /// The index or a shard breaks its format, or a tensor is not where the index says.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ShardedSafetensors Open(string indexPath)
    {
        string index = LocalPath.ExistingFile(indexPath);
        Dictionary<string, string> weightMap = ReadWeightMap(index);
        string folder = Path.GetDirectoryName(index)!;
        string[] files = [.. weightMap.Values.Distinct(StringComparer.Ordinal)];
        string[] absent = [.. files.Where(file => !File.Exists(Path.Combine(folder, file)))];
        if (absent.Length > 0)
            throw new FileNotFoundException(
                $"{index}: {absent.Length} of {files.Length} shards are absent from '{folder}': {string.Join(", ", absent)}.");

        List<SafetensorsFile> shards = [];
        try
        {
            foreach (string file in files)
                shards.Add(SafetensorsFile.Open(Path.Combine(folder, file)));
            return new ShardedSafetensors(index, shards, MatchNames(index, weightMap, shards));
        }
        catch
        {
            shards.ForEach(static shard => shard.Dispose());
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Contains(string name) => _shardOf.ContainsKey(name);

    /// <inheritdoc/>
    public TensorInfo Info(string name) => Find(name).Info(name);

    /// <inheritdoc/>
    public Tensor Read(string name, ScalarType? dtype = null) => Find(name).Read(name, dtype);

    /// <summary>Closes all shards.</summary>
    public void Dispose() => _shards.ForEach(static shard => shard.Dispose());

    private static Dictionary<string, string> ReadWeightMap(string index)
    {
        using JsonDocument document = JsonFile.Parse(index);
        if (!document.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            throw new CheckpointFormatException(index, "weight_map", "is missing; expected an object of tensor names to shard files");

        Dictionary<string, string> weightMap = new(StringComparer.Ordinal);
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            string? file = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null;
            // A plain name only: an index must not reach outside its folder.
            if (string.IsNullOrEmpty(file) || file is "." or ".." || file.AsSpan().IndexOfAny("/\\:\0") >= 0)
                throw new CheckpointFormatException(
                    index, $"weight_map of '{entry.Name}'",
                    "expected the plain name of a file in the same folder");
            if (!weightMap.TryAdd(entry.Name, file))
                throw new CheckpointFormatException(index, $"weight_map of '{entry.Name}'", "the name occurs twice");
        }

        return weightMap.Count > 0 ? weightMap : throw new CheckpointFormatException(index, "weight_map", "names no tensor");
    }

    private static Dictionary<string, SafetensorsFile> MatchNames(
        string index, Dictionary<string, string> weightMap, List<SafetensorsFile> shards)
    {
        Dictionary<string, SafetensorsFile> shardOf = new(StringComparer.Ordinal);
        foreach (SafetensorsFile shard in shards)
        {
            string file = Path.GetFileName(shard.Path);
            foreach (string name in shard.Names)
            {
                // What the index does not list is offered too, so that whoever loads the model can name it; two copies of one tensor cannot
                // both be right.
                if (weightMap.TryGetValue(name, out string? listed) && listed != file)
                    throw new CheckpointFormatException(
                        index, $"tensor '{name}'",
                        $"lies in '{file}', but the index places it in '{listed}'");
                if (!shardOf.TryAdd(name, shard))
                    throw new CheckpointFormatException(
                        index, $"tensor '{name}'",
                        $"lies in '{file}' and in '{Path.GetFileName(shardOf[name].Path)}', and the index lists neither");
            }
        }

        foreach ((string name, string file) in weightMap)
            if (!shardOf.ContainsKey(name))
                throw new CheckpointFormatException(index, $"tensor '{name}'", $"the index places it in '{file}', which does not hold it");
        return shardOf;
    }

    private SafetensorsFile Find(string name) =>
        _shardOf.TryGetValue(name, out SafetensorsFile? shard)
            ? shard
            : throw new KeyNotFoundException($"{_indexPath} has no tensor '{name}'{NearestName.Hint(name, Names)}");
}
