using LeanTune.ChatTemplates;
using LeanTune.Data;
using LeanTune.Tokenization;

namespace LeanTune.Training;

/// <summary>Reads a run's examples as its options say: from files to the tokens that batches are made of.</summary>
internal static class RunExamples
{
    /// <summary>The examples to train on, and those held out.</summary>
    /// <exception cref="DataException">The examples cannot be used.</exception>
    /// <exception cref="OptionsException">An option for conversations has no file, or no conversations.</exception>
    public static (ExampleSet Train, ExampleSet Held) Read(DataOptions data, string modelFolder, Tokenizer tokenizer, Action<string> notice)
    {
        if (data.ChatTemplate is { } file && !File.Exists(file))
            throw new OptionsException("data.chat_template", $"expected a file with a chat template; there is none at '{Path.GetFullPath(file)}'");
        TokenizerEncoder encoder = new(tokenizer);
        ConversationEncoder conversations = new(modelFolder, tokenizer, data.AssistantTurns, data.ChatTemplate);
        ExampleSet Load(DataSources sources) => ExampleSet.Load(sources, encoder, data.MaxLength, data.AppendEndToken, notice, conversations);
        (ExampleSet train, ExampleSet held) = data.Validation is { } validation
            ? (Load(data.Train), Load(validation))
            : Load(data.Train).Split(data.ValidationShare);
        if (!conversations.IsUsed && data.ChatTemplate is not null)
            throw new OptionsException("data.chat_template", NoConversations(data));
        if (!conversations.IsUsed && data.AssistantTurns != AssistantTurns.All)
            throw new OptionsException("data.assistant_turns", NoConversations(data));
        return (train, data.MaxValidationExamples is { } most ? held.Take(most) : held);
    }

    private static string NoConversations(DataOptions data) => $"there are no conversations in '{data.Train}' that it could apply to: leave the key out";
}
