using System.Text.Json;
using LeanTune.Checkpoints;

namespace LeanTune.ChatTemplates;

/// <summary>Reads the chat templates that lie in a model's folder, and the special tokens that they may write.</summary>
internal static class TemplateFiles
{
    /// <summary>Name of the template that counts when none is asked for.</summary>
    public const string DefaultName = "default";

    private const string ConfigName = "tokenizer_config.json", TemplateKey = "chat_template";
    private static readonly string[] s_tokens = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <summary>Texts of all templates by name; a file of its own comes before what tokenizer_config.json holds.</summary>
    /// <exception cref="CheckpointFormatException">A file is broken.</exception>
    public static IReadOnlyDictionary<string, string> Read(string folder)
    {
        Dictionary<string, string> templates = new(StringComparer.Ordinal);
        AddFromJson(templates, Path.Combine(folder, ConfigName));
        AddFromJson(templates, Path.Combine(folder, "chat_template.json"));
        string single = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(single))
            templates[DefaultName] = ReadText(single);
        string others = Path.Combine(folder, "additional_chat_templates");
        if (Directory.Exists(others))
            foreach (string file in Directory.EnumerateFiles(others, "*.jinja").Order(StringComparer.Ordinal))
                templates[Path.GetFileNameWithoutExtension(file)] = ReadText(file);
        return templates;
    }

    /// <summary>The special tokens under the names that templates know them by.</summary>
    /// <exception cref="CheckpointFormatException">A file is broken.</exception>
    public static IReadOnlyDictionary<string, string> ReadTokens(string folder)
    {
        Dictionary<string, string> tokens = new(StringComparer.Ordinal);
        foreach (string name in (string[])["special_tokens_map.json", ConfigName])
        {
            string path = Path.Combine(folder, name);
            if (!File.Exists(path))
                continue;
            using JsonDocument file = JsonFile.Parse(path);
            foreach (string token in s_tokens)
                if (file.RootElement.TryGetProperty(token, out JsonElement value) && TextOf(value) is string text)
                    tokens[token] = text;
        }

        return tokens;
    }

    /// <summary>Reads a template's file: UTF-8, nothing stripped.</summary>
    public static string ReadText(string path) => File.ReadAllText(LocalPath.ExistingFile(path));

    private static void AddFromJson(Dictionary<string, string> templates, string path)
    {
        if (!File.Exists(path))
            return;
        using JsonDocument file = JsonFile.Parse(path);
        if (!file.RootElement.TryGetProperty(TemplateKey, out JsonElement value))
            return;
        switch (value.ValueKind)
        {
            case JsonValueKind.Null:
                break;
            case JsonValueKind.String:
                templates[DefaultName] = value.GetString()!;
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty entry in value.EnumerateObject())
                    templates[entry.Name] = Text(path, entry.Name, entry.Value);
                break;
            case JsonValueKind.Array:
                foreach (JsonElement entry in value.EnumerateArray())
                    AddNamed(templates, path, entry);
                break;
            default:
                throw new CheckpointFormatException(path, TemplateKey, $"is {value.ValueKind}; expected a text, or a list of objects with name and template");
        }
    }

    private static void AddNamed(Dictionary<string, string> templates, string path, JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("name", out JsonElement name) || !entry.TryGetProperty("template", out JsonElement template))
            throw new CheckpointFormatException(path, TemplateKey, "is a list with an entry that lacks name or template");
        templates[Text(path, "name", name)] = Text(path, "template", template);
    }

    private static string Text(string path, string key, JsonElement value) => value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw new CheckpointFormatException(path, $"{TemplateKey}.{key}", $"is {value.ValueKind}; expected a text");

    private static string? TextOf(JsonElement token) => token.ValueKind switch
    {
        JsonValueKind.String => token.GetString(),
        JsonValueKind.Object when token.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String => content.GetString(),
        _ => null,
    };
}
