namespace LeanTune.Tokenization.Text;

/// <summary>A match of a pattern within a piece.</summary>
/// <param name="Start">First unit.</param>
/// <param name="End">End (exclusive).</param>
internal readonly record struct Match(int Start, int End);
