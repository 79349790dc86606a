namespace LeanTune.Models;

/// <summary>Neighbouring tokens that see each other, and no others.</summary>
/// <param name="Tokens">How many.</param>
/// <param name="IsPadding">Whether they are padding, which nothing reads.</param>
internal readonly record struct PackedSample(long Tokens, bool IsPadding);
