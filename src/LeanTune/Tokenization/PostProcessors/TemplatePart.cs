namespace LeanTune.Tokenization.PostProcessors;

/// <summary>One part of a template: special tokens, or one of the texts.</summary>
/// <param name="Text">Index of the text (0 or 1), or null for special tokens.</param>
/// <param name="SpecialIds">The special tokens; empty for a text.</param>
/// <param name="TypeId">Type of all its tokens.</param>
internal sealed record TemplatePart(int? Text, int[] SpecialIds, int TypeId);
