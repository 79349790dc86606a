using LeanTune.Checkpoints;
using LeanTune.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Training;

/// <summary>Writes a trained model as a hub folder that any reader of such folders loads.</summary>
internal static class ModelFolder
{
    private static readonly string[] Carried =
    [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "vocab.json", "merges.txt",
    ];

    /// <summary>Writes weights in bf16 and carries the small files over.</summary>
    /// <param name="folder">Made when it does not exist.</param>
    /// <param name="source">The folder the model came from.</param>
    /// <param name="model">The model. Borrowed.</param>
    public static void Write(string folder, HubFolder source, Decoder model)
    {
        Directory.CreateDirectory(folder);
        foreach (string name in Carried)
            if (source.Find(name) is { } path)
                File.Copy(path, Path.Combine(folder, name), overwrite: true);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable quiet = no_grad();
        SafetensorsWriter.Write(
            Path.Combine(folder, HubFolder.WeightsName),
            model.Weights.ToDictionary(entry => entry.Key, entry => entry.Value.detach().to(ScalarType.BFloat16)),
            null);
    }
}
