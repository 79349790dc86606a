namespace LeanTune.Training;

/// <summary>What is measured on the held-out examples beside their loss.</summary>
public sealed record EvaluationOptions
{
    /// <summary>
    /// Whether to choose the likeliest answer for each held-out example, and to give accuracy: of a question's own choices where the records have them, else of all answers that occur
    /// in the examples, for classification, with F1.
    /// </summary>
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
