using System.Text.Json;

namespace LeanTune.Checkpoints;

/// <summary>
/// A model folder in the hub's layout: config.json and, beside it, weights in safetensors, generation config and tokenizer.
/// </summary>
/// <remarks>
/// Opening reads the small files only; <see cref="Tensors"/> opens the weights when it is first asked for. Not safe for several threads
/// until then.
/// </remarks>
public sealed class HubFolder : IDisposable
{
    /// <summary>Name of the model's configuration.</summary>
    public const string ConfigName = "config.json";

    /// <summary>Name of the generation settings.</summary>
    public const string GenerationConfigName = "generation_config.json";

    /// <summary>Name of the weights when they are one file.</summary>
    public const string WeightsName = "model.safetensors";

    /// <summary>Name of the list of shards when they are several.</summary>
    public const string IndexName = "model.safetensors.index.json";

    /// <summary>Name of the tokenizer.</summary>
    public const string TokenizerName = "tokenizer.json";

    private readonly JsonDocument _config;
    private readonly JsonDocument? _generationConfig;
    private ITensorSource? _tensors;

    private HubFolder(string path, JsonDocument config, JsonDocument? generationConfig)
    {
        Path = path;
        _config = config;
        _generationConfig = generationConfig;
    }

    /// <summary>Full path of the folder.</summary>
    public string Path { get; }

    /// <summary>The object in config.json; valid until this folder is disposed.</summary>
    public JsonElement Config => _config.RootElement;

    /// <summary>The object in generation_config.json, or null when there is no such file; valid until this folder is disposed.</summary>
    public JsonElement? GenerationConfig => _generationConfig?.RootElement;

    /// <summary>The weights: model.safetensors, or else the shards of model.safetensors.index.json. Owned by this folder.</summary>
    /// <exception cref="FileNotFoundException">There are no weights, or shards are absent; the message names them.</exception>
    /// <exception cref="CheckpointFormatException">A file breaks its format.</exception>
    public ITensorSource Tensors => _tensors ??= OpenTensors();

    /// <summary>Full path of tokenizer.json.</summary>
    /// <exception cref="FileNotFoundException">The folder has no tokenizer.json.</exception>
    public string TokenizerPath => Find(TokenizerName)
        ?? throw new FileNotFoundException($"'{Path}' has no {TokenizerName}; it is needed to turn text into tokens.");

    /// <summary>Opens a model folder by its local path.</summary>
    /// <exception cref="DirectoryNotFoundException">
    /// There is no such folder; the message gives its full path and the nearest name beside it.
    /// </exception>
    /// <exception cref="FileNotFoundException">The folder has no config.json.</exception>
    /// <exception cref="CheckpointFormatException">config.json or generation_config.json is not a JSON object.</exception>
    public static HubFolder Open(string path)
    {
        if (File.Exists(path) && path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
            throw new DirectoryNotFoundException(
                $"'{System.IO.Path.GetFullPath(path)}' is a GGUF file; make a model folder of it first: leantune import {path} FOLDER");
        string full = LocalPath.ExistingFolder(path);
        string config = System.IO.Path.Combine(full, ConfigName);
        if (!File.Exists(config))
            throw new FileNotFoundException($"'{full}' has no {ConfigName}, so it is not a model folder{Contents(full)}", config);

        JsonDocument configDocument = JsonFile.Parse(config);
        try
        {
            string generation = System.IO.Path.Combine(full, GenerationConfigName);
            return new HubFolder(full, configDocument, File.Exists(generation) ? JsonFile.Parse(generation) : null);
        }
        catch
        {
            configDocument.Dispose();
            throw;
        }
    }

    /// <summary>Full path of a file in the folder, or null when it is absent.</summary>
    public string? Find(string name)
    {
        string path = System.IO.Path.Combine(Path, name);
        return File.Exists(path) ? path : null;
    }

    /// <summary>Closes the weights and drops the configurations.</summary>
    public void Dispose()
    {
        _tensors?.Dispose();
        _config.Dispose();
        _generationConfig?.Dispose();
    }

    private ITensorSource OpenTensors()
    {
        // When both are there the single file counts, as in the hub's own library.
        if (Find(WeightsName) is { } single)
            return SafetensorsFile.Open(single);
        if (Find(IndexName) is { } index)
            return ShardedSafetensors.Open(index);
        string other = Directory.EnumerateFiles(Path, "*.bin").Concat(Directory.EnumerateFiles(Path, "*.pt")).Any()
            ? " PyTorch's .bin and .pt files are not read: save the model as safetensors."
            : "";
        throw new FileNotFoundException($"'{Path}' has no {WeightsName} and no {IndexName}{Contents(Path)}{other}");
    }

    private static string Contents(string folder)
    {
        const int shown = 10;
        string[] names = [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().Select(static entry => entry.Name).Order(StringComparer.Ordinal)];
        string more = names.Length > shown ? ", …" : "";
        return names.Length == 0 ? "; it is empty." : $"; it holds {string.Join(", ", names.Take(shown))}{more}.";
    }
}
