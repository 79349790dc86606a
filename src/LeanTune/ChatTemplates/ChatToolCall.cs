namespace LeanTune.ChatTemplates;

/// <summary>A call of a tool that an assistant's message makes.</summary>
/// <param name="Name">Name of the function.</param>
/// <param name="Arguments">Its arguments as JSON.</param>
/// <param name="Id">Id that the tool's answer refers to, or null.</param>
public sealed record ChatToolCall(string Name, string Arguments, string? Id = null);
