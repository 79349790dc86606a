namespace LeanTune.Training;

/// <summary>What is measured on the held-out examples beside their loss.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Whether to choose, for each held-out example, the likeliest of all answers that occur in the examples, and to give accuracy and F1: for classification.</summary>
    /// <value>Default false.</value>
    public bool Choices { get; init; }

    /// <summary>How many held-out examples, evenly spread, the model writes an answer for, the likeliest token each time, to give exact match, ROUGE and BLEU.</summary>
    /// <value>Default 0: none.</value>
    public int Generate { get; init; }

    /// <summary>Most tokens of a written answer.</summary>
    /// <value>Default 256.</value>
    public int MaxNewTokens { get; init; } = 256;

    /// <summary>A regular expression whose first group, in its last match, is what counts of an answer for exact match: <c>#### (.+)</c> for GSM8K.</summary>
    /// <value>Default null: the whole text.</value>
    public string? Answer { get; init; }
}
