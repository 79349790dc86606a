using System.Text.Json;

namespace LeanTune.Tokenization.Files;

/// <summary>Reads which special tokens a model has from the files beside its tokenizer.json.</summary>
internal sealed class SpecialTokensReader(ModelFolder folder, Func<string, int?> idOf, Func<int, string?> textOf)
{
    public SpecialTokens Read()
    {
        SpecialToken? eos = Find("eos");
        List<int> ends = [.. EndIds(folder.GenerationConfig), .. EndIds(folder.Config)];
        if (eos?.Id is int id)
            ends.Add(id);
        return new SpecialTokens(Find("bos"), eos, Find("pad"), Find("unk"), [.. ends.Distinct()], [.. ends.Distinct().Where(end => textOf(end) is null)]);
    }

    // By text where one is named, else by id.
    private SpecialToken? Find(string name)
    {
        foreach (JsonNode? file in (JsonNode?[])[folder.TokenizerConfig, folder.SpecialTokensMap])
            if (file is JsonNode root && TextOf(root[$"{name}_token"]) is string text)
                return new SpecialToken(text, idOf(text));
        foreach (JsonNode? file in (JsonNode?[])[folder.GenerationConfig, folder.Config])
            if (file is JsonNode root && Ids(root[$"{name}_token_id"]) is [int id, ..] && textOf(id) is string text)
                return new SpecialToken(text, id);
        return null;
    }

    private static List<int> EndIds(JsonNode? file) => file is JsonNode root ? Ids(root["eos_token_id"]) : [];

    private static string? TextOf(JsonNode token) =>
        token.Kind == JsonValueKind.Object ? token.Required("content").AsString() : token.AsStringOrNull();

    private static List<int> Ids(JsonNode node) => node.Kind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => [],
        JsonValueKind.Array => [.. node.Items().Select(item => item.AsInteger())],
        _ => [node.AsInteger()],
    };
}
