using System.Text.Json.Nodes;

namespace LeanTune.Checkpoints;

/// <summary>Rebuilds tokenizer.json and tokenizer_config.json from a GGUF file's metadata.</summary>
internal static class GgufTokenizer
{
    /// <summary>What helps where a tokenizer cannot be rebuilt.</summary>
    public const string Advice = "Put the model's own tokenizer.json beside the GGUF file";

    /// <summary>The tokenizer as two JSON files, and how it was made.</summary>
    public sealed record Files(JsonObject Tokenizer, JsonObject Config, string? ChatTemplate, string Description);

    /// <summary>Builds both files.</summary>
    /// <exception cref="CheckpointFormatException">
    /// The tokenizer is of a kind that tokenizer.json cannot repeat; the message names it.
    /// </exception>
    public static Files Build(GgufMetadata metadata, GgufVocabulary vocabulary, GgufSpecialTokens tokens, int context)
    {
        bool sentencePiece = vocabulary.Model == "llama";
        string? splitter = metadata.Text("tokenizer.ggml.pre");
        (JsonObject json, string description, bool addsBos) = vocabulary.Model switch
        {
            "gpt2" => ByteLevelTokenizer.Build(metadata, vocabulary, splitter),
            "llama" => SentencePieceTokenizer.Build(metadata, vocabulary, tokens),
            _ => throw new CheckpointFormatException(
                metadata.Path, "metadata 'tokenizer.ggml.model'",
                $"'{CheckpointFormatException.Shorten(vocabulary.Model)}' cannot be turned into a tokenizer.json; supported: gpt2, llama. {Advice}"),
        };
        bool addBos = (metadata.Flag("tokenizer.ggml.add_bos_token") ?? addsBos) && tokens.Bos is not null;
        bool addEos = (metadata.Flag("tokenizer.ggml.add_eos_token") ?? false) && tokens.Eos is not null;
        json["added_tokens"] = AddedTokens(vocabulary);
        json["post_processor"] = PostProcessor(vocabulary, addBos ? tokens.Bos : null, addEos ? tokens.Eos : null, sentencePiece);

        string? template = metadata.Text("tokenizer.chat_template");
        JsonObject config = new()
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["model_max_length"] = context,
            ["clean_up_tokenization_spaces"] = false,
            ["add_bos_token"] = addBos,
            ["add_eos_token"] = addEos,
        };
        SetToken(config, "bos_token", vocabulary, tokens.Bos);
        SetToken(config, "eos_token", vocabulary, tokens.Eos);
        SetToken(config, "unk_token", vocabulary, tokens.Unk);
        SetToken(config, "pad_token", vocabulary, tokens.Pad);
        if (template is not null)
            config["chat_template"] = template;
        return new Files(json, config, template, description);
    }

    /// <summary>The outer shape of a tokenizer.json whose parts are yet to come, in the customary order.</summary>
    public static JsonObject Skeleton(JsonNode? normalizer, JsonNode? preTokenizer, JsonNode decoder, JsonObject model) => new()
    {
        ["version"] = "1.0",
        ["truncation"] = null,
        ["padding"] = null,
        ["added_tokens"] = null,
        ["normalizer"] = normalizer,
        ["pre_tokenizer"] = preTokenizer,
        ["post_processor"] = null,
        ["decoder"] = decoder,
        ["model"] = model,
    };

    private static JsonArray AddedTokens(GgufVocabulary vocabulary)
    {
        JsonArray added = [];
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
            if (vocabulary.IsAdded(id))
                added.Add(new JsonObject
                {
                    ["id"] = id,
                    ["content"] = vocabulary.Tokens[id],
                    ["single_word"] = false,
                    ["lstrip"] = false,
                    ["rstrip"] = false,
                    ["normalized"] = false,
                    ["special"] = vocabulary.IsSpecial(id),
                });
        return added;
    }

    /// <summary>Text A, and A then B, each with the begin and end tokens that the file asks for.</summary>
    private static JsonObject? PostProcessor(GgufVocabulary vocabulary, int? bos, int? eos, bool sentencePiece)
    {
        if (bos is null && eos is null)
            return sentencePiece
                ? null
                : new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = false, ["use_regex"] = true };
        JsonObject special = [];
        foreach (int id in new[] { bos, eos }.OfType<int>().Distinct())
            special[vocabulary.Tokens[id]] = new JsonObject
            {
                ["id"] = vocabulary.Tokens[id],
                ["ids"] = new JsonArray(id),
                ["tokens"] = new JsonArray(vocabulary.Tokens[id]),
            };
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray([.. Sequence("A", 0)]),
            ["pair"] = new JsonArray([.. Sequence("A", 0), .. Sequence("B", 1)]),
            ["special_tokens"] = special,
        };

        IEnumerable<JsonNode> Sequence(string id, int type)
        {
            if (bos is { } first)
                yield return Special(first, type);
            yield return new JsonObject { ["Sequence"] = new JsonObject { ["id"] = id, ["type_id"] = type } };
            if (eos is { } last)
                yield return Special(last, type);
        }

        JsonNode Special(int id, int type) => new JsonObject
        {
            ["SpecialToken"] = new JsonObject { ["id"] = vocabulary.Tokens[id], ["type_id"] = type },
        };
    }

    private static void SetToken(JsonObject config, string key, GgufVocabulary vocabulary, int? id)
    {
        if (id is { } token && token < vocabulary.Tokens.Count)
            config[key] = vocabulary.Tokens[token];
    }
}
