namespace LeanTune.Tokenization;

/// <summary>A special token as the model's files name it.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Id">Its id; null when the tokenizer does not have it.</param>
public sealed record SpecialToken(string Text, int? Id);
