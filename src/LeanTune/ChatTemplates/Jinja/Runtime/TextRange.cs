namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>A part of the rendered text, in UTF-16 code units, and the message it belongs to.</summary>
internal readonly record struct TextRange(int Start, int End, int Message);
