using LeanTune.Tokenization.AddedTokens;
using LeanTune.Tokenization.Models;

namespace LeanTune.Tokenization.Files;

/// <summary>Reads added tokens: of tokenizer.json, and those that tokenizer_config.json adds to them.</summary>
internal static class AddedTokenReader
{
    /// <summary>Reads the <c>added_tokens</c> of tokenizer.json.</summary>
    public static Dictionary<int, AddedToken> Read(JsonNode list, Vocabulary vocabulary)
    {
        Dictionary<int, AddedToken> tokens = [];
        if (list.IsNull)
            return tokens;
        HashSet<string> contents = new(StringComparer.Ordinal);
        int limit = VocabularyReader.HighestId(vocabulary.Size);
        foreach (JsonNode node in list.Items())
        {
            AddedToken token = ReadToken(node, node.Required("id").AsCount());
            if (token.Content.Length == 0)
                throw node.Error("an added token without content");
            if (token.Id > limit)
                throw node.Error($"the id {token.Id} is out of range: expected at most {limit}");
            Check(token, node, vocabulary);
            if (!tokens.TryAdd(token.Id, token))
                throw node.Error($"the id {token.Id} is also that of '{tokens[token.Id].Content}'");
            if (!contents.Add(token.Content))
                throw node.Error($"'{token.Content}' is there twice");
        }
        return tokens;
    }

    /// <summary>Adds the tokens of a tokenizer_config.json that tokenizer.json does not have.</summary>
    public static void Extend(Dictionary<int, AddedToken> tokens, JsonNode decoder, Vocabulary vocabulary)
    {
        if (decoder.IsNull)
            return;
        HashSet<string> contents = new(tokens.Values.Select(token => token.Content), StringComparer.Ordinal);
        foreach ((string key, JsonNode node) in decoder.Members())
        {
            if (!int.TryParse(key, out int id) || id < 0 || id > VocabularyReader.HighestId(vocabulary.Size))
                throw node.Error("expected an id as the name of this entry");
            AddedToken token = ReadToken(node, id);
            if (token.Content.Length == 0 || contents.Contains(token.Content))
                continue;
            Check(token, node, vocabulary);
            if (!tokens.TryAdd(id, token))
                throw node.Error($"the id {id} is '{tokens[id].Content}' in tokenizer.json, here it is '{token.Content}'");
            contents.Add(token.Content);
        }
    }

    private static AddedToken ReadToken(JsonNode node, int id)
    {
        bool special = node["special"].AsBoolean(absent: false);
        return new AddedToken(
            id,
            node.Required("content").AsString(),
            special,
            node["single_word"].AsBoolean(absent: false),
            node["lstrip"].AsBoolean(absent: false),
            node["rstrip"].AsBoolean(absent: false),
            node["normalized"].AsBoolean(absent: !special));
    }

    // An added token that is in the vocabulary too must have the same id there.
    private static void Check(AddedToken token, JsonNode node, Vocabulary vocabulary)
    {
        if (vocabulary.IdOf(token.Content) is int known && known != token.Id)
            throw node.Error($"'{token.Content}' has the id {token.Id} here but {known} in the vocabulary");
        if (vocabulary.TokenOf(token.Id) is string other && other != token.Content)
            throw node.Error($"the id {token.Id} is '{token.Content}' here but '{other}' in the vocabulary");
    }
}
