using LeanTune.Checkpoints;
using LeanTune.Models.Families;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Models;

/// <summary>Reads a hub folder into a <see cref="Decoder"/>, tensor by tensor; or makes one with random weights.</summary>
public static class DecoderLoader
{
    /// <summary>Loads pretrained weights.</summary>
    /// <param name="folder">The checkpoint. Borrowed.</param>
    /// <param name="dtype">Data type wanted; null keeps each tensor's own.</param>
    /// <param name="notice">Told of tensors that the file has and the model does not use.</param>
    /// <param name="growth">Rows to add for new tokens, or null; grown as it is read, a table takes its room twice for a moment.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="CheckpointFormatException">config.json or the tensors do not fit a known family; all offenders are named.</exception>
    public static Decoder Load(HubFolder folder, ScalarType? dtype, Action<string>? notice = null, VocabularyGrowth? growth = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        DecoderConfig config = ReadConfig(folder);
        ITensorSource source = folder.Tensors;
        (string Name, long[] Shape)[] wanted = [.. DecoderNames.All(config)];
        Check(folder, source, wanted);
        ReportUnused(source, wanted, notice);
        Dictionary<string, Tensor> weights = new(StringComparer.Ordinal);
        try
        {
            foreach ((string name, _) in wanted)
            {
                weights[name] = source.Read(name, dtype);
                if (growth is not null && name is DecoderNames.Embedding or DecoderNames.Head) weights[name] = growth.Grow(weights[name]);
            }

            return new Decoder(growth is null ? config : config with { Vocabulary = growth.Rows }, weights);
        }
        catch
        {
            foreach (Tensor tensor in weights.Values) tensor.Dispose();
            throw;
        }
    }

    /// <summary>Makes a model with random weights: normal with the config's deviation, norms at one, biases at zero.</summary>
    /// <param name="config">Shapes.</param>
    /// <param name="seed">The same seed gives the same weights on every machine.</param>
    /// <param name="dtype">Data type of the weights.</param>
    public static Decoder Random(DecoderConfig config, ulong seed, ScalarType dtype = ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        SeededDraws draws = new(seed);
        Dictionary<string, Tensor> weights = new(StringComparer.Ordinal);
        int index = 0;
        foreach ((string name, long[] shape) in DecoderNames.All(config))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor value = shape.Length == 1
                ? (name.EndsWith(".bias", StringComparison.Ordinal) ? zeros(shape) : ones(shape))
                : draws.For(index).Normal(shape[0], (int)shape[1]).mul_(config.InitializerRange);
            weights[name] = value.to(dtype).DetachFromDisposeScope();
            index++;
        }

        return new Decoder(config, weights);
    }

    /// <summary>The typed config of a folder.</summary>
    public static DecoderConfig ReadConfig(HubFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return DecoderFamilies.Read(folder.Config, Path.Combine(folder.Path, HubFolder.ConfigName));
    }

    private static void Check(HubFolder folder, ITensorSource source, (string Name, long[] Shape)[] wanted)
    {
        List<string> problems = [];
        foreach ((string name, long[] shape) in wanted)
        {
            if (!source.Contains(name)) problems.Add($"'{name}' is missing");
            else if (!source.Info(name).Shape.SequenceEqual(shape))
                problems.Add($"'{name}' is ({string.Join(", ", source.Info(name).Shape)}), expected ({string.Join(", ", shape)})");
        }

        if (problems.Count == 0) return;
        string more = problems.Count > 5 ? $" and {problems.Count - 5} more" : "";
        throw new CheckpointFormatException(folder.Path, "weights", $"do not fit config.json: {string.Join("; ", problems.Take(5))}{more}");
    }

    private static void ReportUnused(ITensorSource source, (string Name, long[] Shape)[] wanted, Action<string>? notice)
    {
        if (notice is null) return;
        HashSet<string> used = [.. wanted.Select(entry => entry.Name)];
        string[] unused = [.. source.Names.Where(name => !used.Contains(name))];
        if (unused.Length > 0)
            notice($"{unused.Length} tensors of the checkpoint are not used by this model: {string.Join(", ", unused.Take(5))}{(unused.Length > 5 ? ", …" : "")}");
    }
}
