using System.Text.Json;

namespace LeanTune.Models.Families;

/// <summary>The decoder families that are known, by the <c>model_type</c> of config.json.</summary>
public static class DecoderFamilies
{
    private static readonly Dictionary<string, Func<ConfigReader, DecoderConfig>> Readers = new(StringComparer.Ordinal)
    {
        ["llama"] = LlamaFamily.Read,
        ["mistral"] = MistralFamily.Read,
        ["qwen2"] = Qwen2Family.Read,
        ["qwen3"] = Qwen3Family.Read,
        ["smollm3"] = SmolLm3Family.Read,
    };

    /// <summary>Model types that can be read.</summary>
    public static IReadOnlyCollection<string> Known => Readers.Keys;

    /// <summary>Reads a config of any known family.</summary>
    /// <exception cref="Checkpoints.CheckpointFormatException">The family is unknown, or a key is missing or wrong.</exception>
    public static DecoderConfig Read(JsonElement json, string file)
    {
        ConfigReader config = new(json, file);
        string type = config.Text("model_type");
        if (!Readers.TryGetValue(type, out Func<ConfigReader, DecoderConfig>? read))
            throw config.Unsupported("model_type", type, string.Join(", ", Readers.Keys));
        return read(config);
    }
}
