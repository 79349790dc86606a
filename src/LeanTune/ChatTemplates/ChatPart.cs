namespace LeanTune.ChatTemplates;

/// <summary>A part of a message whose content is not one text.</summary>
/// <param name="Type">What it is, as templates name it: <c>text</c>, <c>image</c>, …</param>
/// <param name="Text">The text of a text part; null for others.</param>
public sealed record ChatPart(string Type, string? Text = null);
