using LeanTune.Checkpoints;
using LeanTune.Models;
using LeanTune.Tokenization;
using LeanTune.Tokenization.AddedTokens;
using LeanTune.Tokenization.Files;

namespace LeanTune.Training;

/// <summary>The tokens of a run: the model's, those of an adapter that is continued, and those that the recipe adds; and the files that say so beside what is trained.</summary>
internal static class RunVocabulary
{
    private const string ConfigName = "tokenizer_config.json";

    private static readonly string[] s_unchanged = ["special_tokens_map.json", "chat_template.jinja"];

    /// <summary>Reads the tokenizer, and says which tokens are new.</summary>
    public static GrownVocabulary Of(FineTuneOptions options, HubFolder hub, Action<string> notice)
    {
        IReadOnlyList<string> asked = options.Data.NewTokens;
        GrownVocabulary vocabulary = GrownVocabulary.Load(hub, asked, options.Adapter.ContinueFrom);
        Tokenizer tokenizer = vocabulary.Tokenizer;
        string[] known = [.. asked.Except(tokenizer.NewTokens.Select(token => token.Text))];
        if (known.Length > 0)
            notice($"data.new_tokens: the tokenizer has {string.Join(", ", known.Select(token => $"'{token}'"))} already: nothing is added or trained for {(known.Length == 1 ? "it" : "them")}");
        if (tokenizer.NewTokens is [{ Id: { } first }, ..] and { Count: var count })
            notice($"data.new_tokens: {(count == 1 ? $"one token is added, with the id {first}" : $"{count} tokens are added, with the ids {first} to {first + count - 1}")}"
                + (vocabulary.Growth!.Rows > DecoderLoader.ReadConfig(hub).Vocabulary ? $"; the model's vocabulary grows to {vocabulary.Growth.Rows}" : "; the model has rows to spare for it"));
        return vocabulary;
    }

    /// <summary>Writes the tokenizer's files with the tokens that a run has beyond the model's; nothing where it has none.</summary>
    /// <param name="folder">Where the adapter or the model is written. Must exist.</param>
    /// <param name="source">The model that the run began with.</param>
    /// <param name="tokenizer">The run's tokenizer.</param>
    public static void Write(string folder, HubFolder source, Tokenizer tokenizer)
    {
        IReadOnlyList<AddedToken> additions = tokenizer.Additions;
        if (additions.Count == 0) return;
        foreach (string name in s_unchanged)
            if (source.Find(name) is { } path) File.Copy(path, Path.Combine(folder, name), overwrite: true);
        AtomicFile.Write(Path.Combine(folder, HubFolder.TokenizerName), stream => AddedTokenWriter.WriteTokenizer(stream, source.TokenizerPath, additions));
        if (source.Find(ConfigName) is { } config)
            AtomicFile.Write(Path.Combine(folder, ConfigName), stream => AddedTokenWriter.WriteConfig(stream, config, additions));
    }
}
