namespace LeanTune.ChatTemplates;

/// <summary>A part of a rendered conversation that is trained.</summary>
/// <param name="Start">Where it starts in <see cref="RenderedChat.Text"/>, in UTF-16 code units.</param>
/// <param name="End">Where it ends (exclusive), in UTF-16 code units.</param>
/// <param name="Message">Index of the message that it belongs to, or -1 when it belongs to none or to all.</param>
public readonly record struct AssistantSpan(int Start, int End, int Message);
