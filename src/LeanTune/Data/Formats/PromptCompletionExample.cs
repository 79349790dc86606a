namespace LeanTune.Data;

/// <summary>A prompt and what follows it; only the completion is trained.</summary>
/// <param name="Prompt">What is given; may be empty.</param>
/// <param name="Completion">What is to be written; never empty.</param>
public sealed record PromptCompletionExample(string Prompt, string Completion) : Example
{
    internal override string KindName => "prompts with completions";

    private protected override void AddTo(ContentHasher content) => content.Add(Prompt).Add(Completion);
}
