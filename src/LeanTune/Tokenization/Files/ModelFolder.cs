using LeanTune.Tokenization.AddedTokens;
using LeanTune.Tokenization.Models;

namespace LeanTune.Tokenization.Files;

/// <summary>The files of a model's folder that say something about its tokenizer.</summary>
internal sealed class ModelFolder
{
    private readonly string _folder;

    /// <param name="folderOrFile">A folder with tokenizer.json, or such a file under any name.</param>
    /// <exception cref="FileNotFoundException">There is no such folder or file, or no tokenizer.json in the folder.</exception>
    public ModelFolder(string folderOrFile)
    {
        string path = Path.GetFullPath(folderOrFile);
        bool isFolder = Directory.Exists(path);
        TokenizerPath = isFolder ? Path.Combine(path, "tokenizer.json") : path;
        if (!File.Exists(TokenizerPath))
            throw new FileNotFoundException(isFolder ? $"The folder '{path}' has no tokenizer.json." : $"'{path}' is neither a folder nor a file.", TokenizerPath);
        _folder = Path.GetDirectoryName(TokenizerPath)!;
        Tokenizer = JsonNode.Load(TokenizerPath);
        TokenizerConfig = Beside("tokenizer_config.json");
        SpecialTokensMap = Beside("special_tokens_map.json");
        GenerationConfig = Beside("generation_config.json");
        Config = Beside("config.json");
    }

    public string TokenizerPath { get; }

    public JsonNode Tokenizer { get; }

    public JsonNode? TokenizerConfig { get; }

    public JsonNode? SpecialTokensMap { get; }

    public JsonNode? GenerationConfig { get; }

    public JsonNode? Config { get; }

    /// <summary>The added tokens of tokenizer.json, and those that tokenizer_config.json adds to them, by id.</summary>
    /// <param name="vocabulary">The vocabulary that they must agree with.</param>
    public Dictionary<int, AddedToken> ReadAddedTokens(Vocabulary vocabulary)
    {
        Dictionary<int, AddedToken> tokens = AddedTokenReader.Read(Tokenizer["added_tokens"], vocabulary);
        if (TokenizerConfig is JsonNode config)
            AddedTokenReader.Extend(tokens, config["added_tokens_decoder"], vocabulary);
        return tokens;
    }

    /// <summary>The chat template: chat_template.jinja if there is one, else the default one of tokenizer_config.json; null when there is none.</summary>
    public string? ReadChatTemplate()
    {
        string file = Path.Combine(_folder, "chat_template.jinja");
        if (File.Exists(file))
            return File.ReadAllText(file);
        if (TokenizerConfig?["chat_template"] is not { IsNull: false } template)
            return null;
        if (template.Kind != System.Text.Json.JsonValueKind.Array)
            return template.AsString();
        // A list of named templates.
        foreach (JsonNode entry in template.Items())
            if (entry.Required("name").AsString() == "default")
                return entry.Required("template").AsString();
        return null;
    }

    private JsonNode? Beside(string name)
    {
        string path = Path.Combine(_folder, name);
        return File.Exists(path) ? JsonNode.Load(path) : null;
    }
}
