namespace LeanTune.Data;

/// <summary>Reads a source and tokenises it: from files to the examples of a set, and what is to be said of those cut or dropped.</summary>
internal sealed class ExampleLoader(
    ITextEncoder encoder, int maxLength, bool appendEndToken, Action<string>? notice, ConversationEncoder? conversations, TokenCache? cache = null)
{
    private readonly ExampleBuilder _builder = new(encoder, maxLength, appendEndToken);

    /// <exception cref="DataException">As for <see cref="ExampleSet.Load(DataSources, ITextEncoder, int, bool, Action{string}?, ConversationEncoder?)"/>.</exception>
    public ExampleSet Load(DataSource source)
    {
        SourceRules.Require(source);
        if (cache is null)
            return Read(source, conversations, notice);
        CachedSource? read = null;
        CachedSource cached = cache.Get(source, () => read = ReadToKeep(source));
        foreach (string said in ReferenceEquals(cached, read) ? [] : cached.Notices)
            notice?.Invoke(said);
        conversations?.Note(cached.Conversations);
        return new ExampleSet(cached.Examples, cached.Dropped, [new SetPart(cached.Examples.Count, source.Weight, cached.IsStream)]);
    }

    /// <summary>Reads a source, and remembers what is said and noticed meanwhile.</summary>
    private CachedSource ReadToKeep(DataSource source)
    {
        var said = new List<string>();
        ConversationEncoder? own = conversations?.Anew();
        ExampleSet set = Read(source, own, message =>
        {
            said.Add(message);
            notice?.Invoke(message);
        });
        return new CachedSource([.. set], set.Dropped, set.IsText, said, own?.Notes ?? default);
    }

    private ExampleSet Read(DataSource source, ConversationEncoder? conversations, Action<string>? notice)
    {
        string path = source.Path;
        IReadOnlyList<string> files = DataFiles.Find(path, textOnly: source.Format == DataFormat.Windows);
        if (appendEndToken && encoder.EndToken is null)
            throw new DataException($"{path}: an end token was asked for, but the tokenizer names none; " +
                "set \"eos_token\" in tokenizer_config.json, or train without an end token");
        bool windows = source.Format == DataFormat.Windows || (source is { Format: DataFormat.Auto, Kind: FileKind.Auto, Fields: [], Beside: [], HasTemplate: false } && files.All(DataFiles.IsText));
        ExampleSet set = windows ? LoadWindows(source, notice) : LoadRecords(source, conversations, notice);
        if (set.Count == 0)
            throw new DataException($"{path}: nothing to train on: " + (set.Counts.Read == 0
                ? "the text is empty"
                : $"none of {set.Counts.Read} examples has a target within the longest length of {maxLength} tokens; raise the longest length or shorten the prompts"));
        if (set.Counts.Truncated > 0)
            notice?.Invoke($"{path}: {set.Counts.Truncated} of {set.Counts.Read} examples are longer than {maxLength} tokens and were cut at the end");
        if (set.Counts.Dropped > 0)
            notice?.Invoke($"{path}: {set.Counts.Dropped} of {set.Counts.Read} examples have no target within {maxLength} tokens and were dropped");
        return set;
    }

    private ExampleSet LoadWindows(DataSource source, Action<string>? notice)
    {
        var reader = new WindowReader(encoder, maxLength, appendEndToken, notice);
        List<TokenizedExample> windows = reader.Read(DataFiles.Find(source.Path, textOnly: true, notice), out DroppedExample? dropped);
        return new ExampleSet(windows, dropped is { } last ? [last] : [], [new SetPart(windows.Count, source.Weight, IsStream: true)]);
    }

    private ExampleSet LoadRecords(DataSource source, ConversationEncoder? conversations, Action<string>? notice)
    {
        var examples = new List<TokenizedExample>();
        var dropped = new List<DroppedExample>();
        var problems = new ProblemList(source.Path);
        var questions = new ClassificationPrompt(source);
        var choices = new MultipleChoicePrompt(source);
        int records = 0;
        foreach (Example read in ExampleReader.Read(source, notice))
        {
            records++;
            try
            {
                TokenizedExample example = Tokenize(source, read, questions, choices, conversations);
                if (example.Supervised.Contains(true))
                    examples.Add(example);
                else
                    dropped.Add(new DroppedExample(read.Place, example.FullLength));
            }
            catch (RecordException bad)
            {
                problems.Add(read.Place, bad.Message);
            }
        }

        if (source.OnError == RecordErrors.Stop || problems.Count == records)
            problems.ThrowIfAny(records);
        problems.Tell(records, notice);
        return new ExampleSet(examples, dropped, [new SetPart(examples.Count, source.Weight, IsStream: false)]);
    }

    private TokenizedExample Tokenize(DataSource source, Example read, ClassificationPrompt questions, MultipleChoicePrompt choices, ConversationEncoder? conversations) => read switch
    {
        PromptCompletionExample pair => _builder.Build(pair.Prompt, pair.Completion, pair.Place),
        ClassificationExample classified when questions.Of(classified) is var (prompt, completion) => _builder.Build(prompt, completion, classified.Place),
        MultipleChoiceExample question when choices.Of(question) is var (prompt, completions) => _builder.Build(prompt, completions[question.Right], question.Place) with
        {
            WrongAnswers = [.. completions.Where((_, i) => i != question.Right).Select(wrong => _builder.Build(prompt, wrong, question.Place))],
        },
        PlainTextExample text => _builder.Build(null, text.Text, text.Place),
        ConversationExample conversation when conversations is not null => conversations.Encode(conversation, maxLength),
        _ => throw new DataException($"{source.Path}: holds {read.KindName}; training takes prompts with completions, classified texts, questions with choices, conversations with a chat template, or plain texts"),
    };
}
