namespace LeanTune.Data;

/// <summary>Puts questions with choices to a language model: a prompt, and for each choice what it would write.</summary>
internal sealed class MultipleChoicePrompt(DataSource source)
{
    /// <summary>What is asked where a source has no template: each choice by itself as the answer.</summary>
    private const string DefaultPrompt = "{question}\nAnswer:", DefaultCompletion = " {answer}";

    private readonly PromptTemplate _prompt = PromptTemplate.Parse(source.Prompt ?? DefaultPrompt), _completion = PromptTemplate.Parse(source.Completion ?? DefaultCompletion);

    /// <summary>The prompt, and the completion for each choice.</summary>
    /// <exception cref="RecordException">A template names a field that the record has not, or tells the choices not apart.</exception>
    public (string Prompt, string[] Completions) Of(MultipleChoiceExample example)
    {
        RecordView record = new(example.Record, source.Columns);
        string choices = string.Join('\n', example.Labels.Zip(example.Choices, (label, choice) => $"{label}. {choice}"));
        string Of(string name, int? choice) => name switch
        {
            "choices" => choices,
            "answer" or "label" when choice is null => throw new RecordException($"the template of the prompt names {{{name}}}, which gives the answer away: expected it in the completion alone"),
            "answer" => example.Choices[choice.Value],
            "label" => example.Labels[choice.Value],
            _ => record.Plain(name),
        };
        string[] completions = [.. Enumerable.Range(0, example.Choices.Count).Select(i => _completion.Fill(name => Of(name, i)))];
        if (completions.Distinct(StringComparer.Ordinal).Count() < completions.Length)
            throw new RecordException("the template of the completion is the same for two choices: expected it to name {answer} or {label}");
        return (_prompt.Fill(name => Of(name, null)), completions);
    }
}
