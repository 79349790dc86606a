namespace LeanTune.Data;

/// <summary>A stretch of text that is trained throughout, or not at all.</summary>
/// <param name="Text">The text; a character of several tokens stands with the last of them.</param>
/// <param name="Trained">Whether its tokens are targets.</param>
public readonly record struct ShownPiece(string Text, bool Trained);
