using LeanTune.Checkpoints;

namespace LeanTune.Data;

/// <summary>Puts classified texts to a language model: a prompt, and the label's name as what it is to write.</summary>
internal sealed class ClassificationPrompt(DataSource source)
{
    /// <summary>What is asked where a source has no template: the label follows on the line behind the text.</summary>
    private const string DefaultPrompt = "{text}\nLabel:", DefaultPairPrompt = "{sentence1}\n{sentence2}\nLabel:", DefaultCompletion = " {label}";

    /// <summary>What templates may name.</summary>
    public static IReadOnlyList<string> Fields { get; } = ["text", "sentence1", "sentence2", "label"];

    private readonly PromptTemplate? _prompt = source.Prompt is { } prompt ? PromptTemplate.Parse(prompt) : null;
    private readonly PromptTemplate _completion = PromptTemplate.Parse(source.Completion ?? DefaultCompletion);
    private static readonly PromptTemplate One = PromptTemplate.Parse(DefaultPrompt), Pair = PromptTemplate.Parse(DefaultPairPrompt);

    /// <summary>The prompt and the completion.</summary>
    /// <exception cref="RecordException">A template names a field that the example has not.</exception>
    public (string Prompt, string Completion) Of(ClassificationExample example)
    {
        string Field(string name) => name switch
        {
            "text" when example.SecondText is null => example.Text,
            "sentence1" when example.SecondText is not null => example.Text,
            "sentence2" when example.SecondText is { } second => second,
            "label" => source.LabelNames.GetValueOrDefault(example.Label, example.Label),
            "text" or "sentence1" or "sentence2" => throw new RecordException(
                $"a template names {{{name}}}, but the record holds {(example.SecondText is null ? "one text: expected {text}" : "a pair: expected {sentence1} and {sentence2}")}"),
            _ => throw new RecordException($"a template names {{{name}}}; a classified text has {string.Join(", ", Fields)}{NearestName.Hint(name, Fields).TrimEnd('.')}"),
        };
        return ((_prompt ?? (example.SecondText is null ? One : Pair)).Fill(Field), _completion.Fill(Field));
    }
}
