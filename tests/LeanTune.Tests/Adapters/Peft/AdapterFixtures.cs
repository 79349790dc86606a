using System.Text.Json;
using LeanTune.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Adapters.Peft;

/// <summary>The folders that PEFT wrote, and the linear layers of the models that they belong to.</summary>
internal static class AdapterFixtures
{
    private static readonly string[] OnBase =
    [
        "lora", "lora_all_linear", "lora_regex", "lora_exclude", "lora_layers", "lora_patterns", "rslora", "lora_file_bf16", "lora_file_fp16",
        "lora_default_targets", "lora_gaussian", "lora_init_random", "pissa_converted",
    ];

    private static readonly string[] OnModels = ["models/llama", "models/llama31", "models/mistral", "models/qwen2", "models/qwen3", "models/smollm3"];

    public static TheoryData<string> Folders { get; } = [.. OnBase, .. OnModels];

    public static string Folder(string name) => Repository.Fixture($"adapters/{name}");

    public static JsonElement Json(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Repository.Fixture($"adapters/{file}")));
        return document.RootElement.Clone();
    }

    /// <summary>Linear layers of the adapter's base model, in a fixed order: matrices that are not the embedding. The head is there under its own name.</summary>
    public static (string ModelType, (string Name, long Out, long In)[] Linears) Base(string adapter)
    {
        JsonElement model = Json("base_tensors.json").GetProperty(OnBase.Contains(adapter) ? "base" : adapter);
        var linears = model.GetProperty("tensors").EnumerateObject()
            .Where(tensor => tensor.Name.EndsWith(".weight", StringComparison.Ordinal) && tensor.Value.GetArrayLength() == 2 && !tensor.Name.Contains("embed_tokens", StringComparison.Ordinal))
            .Select(tensor => (tensor.Name[..^".weight".Length], tensor.Value[0].GetInt64(), tensor.Value[1].GetInt64()));
        return (model.GetProperty("model_type").GetString()!, [.. linears]);
    }

    public static string[] LinearNames(string adapter) => [.. Base(adapter).Linears.Select(linear => linear.Name)];

    /// <summary>Modules that PEFT stored, read from the tensor names by their shape alone.</summary>
    public static string[] StoredModules(string adapter)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(Folder(adapter), "adapter_model.safetensors"));
        return [.. file.Names.Select(name => name.Replace("base_model.model.", "", StringComparison.Ordinal).Split(".lora_")[0]).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Whether two tensors agree in shape and in every bit of value.</summary>
    public static bool Same(Tensor left, Tensor right)
    {
        using DisposeScope scope = NewDisposeScope();
        return left.shape.SequenceEqual(right.shape) && left.eq(right).all().ToBoolean();
    }

    /// <summary>Copies a fixture folder, with its tensors and its configuration changed.</summary>
    public static string Copy(TemporaryFolder target, string adapter, Action<Dictionary<string, Tensor>>? tensors = null, Func<string, string>? config = null)
    {
        string to = Directory.CreateDirectory(target.File("adapter")).FullName;
        string json = File.ReadAllText(Path.Combine(Folder(adapter), "adapter_config.json"));
        File.WriteAllText(Path.Combine(to, "adapter_config.json"), config is null ? json : config(json));
        using DisposeScope scope = NewDisposeScope();
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(Folder(adapter), "adapter_model.safetensors"));
        Dictionary<string, Tensor> all = file.Names.ToDictionary(name => name, name => file.Read(name), StringComparer.Ordinal);
        Tensor[] read = [.. all.Values];
        tensors?.Invoke(all);
        SafetensorsWriter.Write(Path.Combine(to, "adapter_model.safetensors"), all);
        foreach (Tensor tensor in read) tensor.Dispose();
        return to;
    }
}
