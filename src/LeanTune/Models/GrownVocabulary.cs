using LeanTune.Adapters.Peft;
using LeanTune.Checkpoints;
using LeanTune.Tokenization;

namespace LeanTune.Models;

/// <summary>A model's tokenizer with the tokens that an adapter brings and those that are new, and what the model's tables need for them.</summary>
public sealed record GrownVocabulary
{
    private GrownVocabulary(Tokenizer tokenizer, VocabularyGrowth? growth) => (Tokenizer, Growth) = (tokenizer, growth);

    /// <summary>The tokenizer, which knows them all.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>What <see cref="DecoderLoader.Load"/> must do; null where the model has all rows and their values.</summary>
    public VocabularyGrowth? Growth { get; }

    /// <summary>Ids of the new tokens, from <see cref="Tokenizer.NewTokens"/>.</summary>
    public IReadOnlyList<int> NewIds => [.. Tokenizer.NewTokens.Select(token => token.Id!.Value)];

    /// <summary>Reads the tokenizer of a model, and of an adapter that trains tokens.</summary>
    /// <param name="model">The model. Borrowed.</param>
    /// <param name="newTokens">Texts of special tokens to add.</param>
    /// <param name="adapter">A PEFT folder that will be put on the model, or null. Where it trains tokens, the added tokens of the tokenizer beside it are taken over.</param>
    /// <exception cref="TokenizerFormatException">A tokenizer cannot be read, takes no new tokens, or the two contradict each other.</exception>
    /// <exception cref="CheckpointFormatException">A configuration cannot be read, or the adapter trains a token that no one knows.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such adapter folder.</exception>
    public static GrownVocabulary Load(HubFolder model, IReadOnlyList<string> newTokens, string? adapter = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        string? folder = adapter is null ? null : LocalPath.ExistingFolder(adapter);
        string configFile = Path.Combine(folder ?? "", PeftKeys.ConfigFile);
        int[] trained = folder is null ? [] : [.. LoraConfig.Load(configFile).TrainedTokens.SelectMany(entry => entry.Value)];
        bool brings = trained.Length > 0 && File.Exists(Path.Combine(folder!, HubFolder.TokenizerName));
        Tokenizer tokenizer = Tokenizer.Load(model.Path, newTokens, brings ? folder : null);
        int own = DecoderLoader.ReadConfig(model).Vocabulary;
        foreach (int id in trained)
            if (id >= own && tokenizer.IdToToken(id) is null)
                throw new CheckpointFormatException(configFile, "trainable_token_indices",
                    $"trains token {id}, but the model has {own} and {(brings ? "the tokenizer beside the adapter does not have it" : "there is no tokenizer.json beside the adapter that has more")}");
        // Rows that the files have no values for: those of tokens that were not in the vocabulary.
        int[] added = [.. tokenizer.Additions.Select(token => token.Id).Where(id => id >= tokenizer.OwnVocabularySize)];
        int rows = trained.Concat(added).Select(id => id + 1).Append(own).Max();
        return new(tokenizer, added.Length == 0 && rows == own ? null : new VocabularyGrowth(Math.Min(own, tokenizer.OwnVocabularySize), added, rows));
    }

    /// <summary>The model's shapes with the rows of the new tokens.</summary>
    public DecoderConfig Grow(DecoderConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Growth is null ? config : config with { Vocabulary = Growth.Rows };
    }
}
