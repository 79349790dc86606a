using System.Text.Json.Nodes;
using LeanTune.Checkpoints;
using LeanTune.Models;
using LeanTune.Tokenization;
using static TorchSharp.torch;

namespace LeanTune.Training;

/// <summary>Writes a trained model as a hub folder that any reader of such folders loads.</summary>
internal static class ModelFolder
{
    private static readonly string[] Carried =
    [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "vocab.json", "merges.txt",
    ];

    /// <summary>Writes weights in bf16, one tensor in memory at a time, and carries the small files over.</summary>
    /// <param name="folder">Made when it does not exist.</param>
    /// <param name="source">The folder the model came from.</param>
    /// <param name="model">The model. Borrowed.</param>
    /// <param name="tokenizer">Its tokenizer: what it has beyond the source's is written too.</param>
    public static void Write(string folder, HubFolder source, Decoder model, Tokenizer tokenizer)
    {
        Directory.CreateDirectory(folder);
        foreach (string name in Carried)
            if (source.Find(name) is { } path)
                File.Copy(path, Path.Combine(folder, name), overwrite: true);
        RunVocabulary.Write(folder, source, tokenizer);
        WriteVocabularySize(Path.Combine(folder, HubFolder.ConfigName), model.Config.Vocabulary);
        SafetensorsWriter.WriteSharded(
            folder,
            model.Weights.Select(entry => new TensorToWrite(entry.Key, entry.Value.shape, ScalarType.BFloat16, () => Narrow(entry.Value))));
    }

    private static void WriteVocabularySize(string config, int rows)
    {
        JsonNode root = JsonNode.Parse(File.ReadAllBytes(config))!;
        if (root["vocab_size"]?.GetValue<int>() == rows) return;
        root["vocab_size"] = rows;
        AtomicFile.WriteText(config, root.ToJsonString(new() { WriteIndented = true }));
    }

    private static Tensor Narrow(Tensor weight)
    {
        using IDisposable quiet = no_grad();
        return weight.to(ScalarType.BFloat16, copy: true);
    }
}
