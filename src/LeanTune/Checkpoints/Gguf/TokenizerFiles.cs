using System.Text.Json;

namespace LeanTune.Checkpoints;

/// <summary>A model's own tokenizer files beside a GGUF file: they are better than any rebuilt one, if they belong to it.</summary>
internal static class TokenizerFiles
{
    /// <summary>The files that make up a tokenizer; tokenizer.json must be there, the others may.</summary>
    private static readonly string[] s_names =
        [HubFolder.TokenizerName, "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", HubFolder.GenerationConfigName];

    /// <summary>The files that lie in a folder; empty without a tokenizer.json.</summary>
    public static IReadOnlyList<string> Find(string folder) =>
        File.Exists(Path.Combine(folder, HubFolder.TokenizerName)) ? [.. s_names.Where(name => File.Exists(Path.Combine(folder, name)))] : [];

    /// <summary>
    /// Says why a tokenizer.json is not that of a vocabulary; null when every one of its tokens has the id that the vocabulary gives it.
    /// </summary>
    /// <exception cref="CheckpointFormatException">The file is not JSON.</exception>
    public static string? Mismatch(string path, IReadOnlyList<string> tokens)
    {
        using JsonDocument document = JsonFile.Parse(path);
        JsonElement root = document.RootElement;
        if (root.TryGetProperty("model", out JsonElement model) && model.ValueKind == JsonValueKind.Object
            && model.TryGetProperty("vocab", out JsonElement vocab) && vocab.ValueKind == JsonValueKind.Object)
            foreach (JsonProperty entry in vocab.EnumerateObject())
                if (!Agrees(entry.Name, entry.Value))
                    return Differs(entry.Name, entry.Value);
        if (root.TryGetProperty("added_tokens", out JsonElement added) && added.ValueKind == JsonValueKind.Array)
            foreach (JsonElement entry in added.EnumerateArray())
                if (entry.ValueKind == JsonValueKind.Object
                    && entry.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String
                    && entry.TryGetProperty("id", out JsonElement id) && !Agrees(content.GetString()!, id))
                    return Differs(content.GetString()!, id);
        return null;

        bool Agrees(string token, JsonElement id) =>
            id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int index) && index >= 0 && index < tokens.Count && tokens[index] == token;

        static string Differs(string token, JsonElement id) =>
            $"its token '{CheckpointFormatException.Shorten(token)}' with id {CheckpointFormatException.Shorten(id.GetRawText())} is another in the GGUF file";
    }
}
