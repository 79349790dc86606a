using System.Text.Json;
using LeanTune.ChatTemplates;
using LeanTune.Checkpoints;
using LeanTune.Data;
using LeanTune.Tokenization;

namespace LeanTune.Training;

/// <summary>A run's examples as its options say: from files to the tokens that batches are made of, and what there is to say about them.</summary>
/// <param name="Train">To train on.</param>
/// <param name="Held">Held out.</param>
/// <param name="Tokenizer">What made them.</param>
/// <param name="Findings">What is probably not meant, or cannot be right.</param>
internal sealed record RunExamples(ExampleSet Train, ExampleSet Held, Tokenizer Tokenizer, IReadOnlyList<DataFinding> Findings)
{
    /// <summary>The examples to train on, and those held out, after a look at them.</summary>
    /// <exception cref="DataException">The examples cannot be used, or no run with them can be right.</exception>
    /// <exception cref="OptionsException">An option for conversations has no file, or no conversations.</exception>
    public static (ExampleSet Train, ExampleSet Held) Read(DataOptions data, string modelFolder, Tokenizer tokenizer, Action<string> notice)
    {
        RunExamples examples = Load(data, modelFolder, tokenizer, notice);
        foreach (DataFinding finding in examples.Findings)
        {
            if (finding.Stops)
                throw new DataException(finding.Message);
            notice(finding.Message);
        }

        return (examples.Train, examples.Held);
    }

    /// <summary>Reads the examples and looks at them.</summary>
    /// <exception cref="DataException">The examples cannot be used.</exception>
    /// <exception cref="OptionsException">An option for conversations has no file, or no conversations.</exception>
    public static RunExamples Load(DataOptions data, string modelFolder, Tokenizer tokenizer, Action<string> notice)
    {
        if (data.ChatTemplate is { } file && !File.Exists(file))
            throw new OptionsException("data.chat_template", $"expected a file with a chat template; there is none at '{Path.GetFullPath(file)}'");
        TokenizerEncoder encoder = new(tokenizer);
        ConversationEncoder conversations = new(modelFolder, tokenizer, data.AssistantTurns, data.ChatTemplate);
        TokenCache? cache = data.Cache ? TokenCache.For(modelFolder, data, notice, tokenizer) : null;
        ExampleLoader loader = new(encoder, data.MaxLength, data.AppendEndToken, notice, conversations, cache);
        ExampleSet Load(DataSources sources) => ExampleSet.Load(sources, loader, data.MaxLength);
        (ExampleSet train, ExampleSet held) = data.Validation is { } validation
            ? (Load(data.Train), Load(validation))
            : Load(data.Train).Split(data.ValidationShare);
        if (!conversations.IsUsed && data.ChatTemplate is not null)
            throw new OptionsException("data.chat_template", NoConversations(data));
        if (!conversations.IsUsed && data.AssistantTurns != AssistantTurns.All)
            throw new OptionsException("data.assistant_turns", NoConversations(data));
        held = data.MaxValidationExamples is { } most ? held.Take(most) : held;
        return new RunExamples(train, held, tokenizer, Checks(modelFolder, tokenizer).Find(train, held, conversations));
    }

    private static DataChecks Checks(string modelFolder, Tokenizer tokenizer)
    {
        using HubFolder hub = HubFolder.Open(modelFolder);
        int? Number(string key) => hub.Config.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : null;
        return new DataChecks(tokenizer, Number("vocab_size"), Number("max_position_embeddings"));
    }

    private static string NoConversations(DataOptions data) => $"there are no conversations in '{data.Train}' that it could apply to: leave the key out";
}
