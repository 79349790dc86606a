using System.Text.Json;

namespace LeanTune.Data;

/// <summary>A question with answers of its own to choose from, one of which is right.</summary>
/// <param name="Choices">The answers; at least two.</param>
/// <param name="Labels">What each is called, such as A, B, C; as many.</param>
/// <param name="Right">Index of the right one.</param>
public sealed record MultipleChoiceExample(IReadOnlyList<string> Choices, IReadOnlyList<string> Labels, int Right) : Example
{
    /// <summary>The record as read, for templates.</summary>
    public JsonElement Record { get; init; }

    internal override string KindName => "questions with choices";

    private protected override void AddTo(ContentHasher content)
    {
        foreach ((string choice, string label) in Choices.Zip(Labels))
            content.Add(label).Add(choice);
        content.Add(Labels[Right]).Add(Record);
    }
}
