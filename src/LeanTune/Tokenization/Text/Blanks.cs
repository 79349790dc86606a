namespace LeanTune.Tokenization.Text;

/// <summary>Number of blank characters at the ends of a token's text.</summary>
internal readonly record struct Blanks(int Leading, int Trailing);
