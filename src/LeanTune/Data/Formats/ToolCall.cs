using System.Text.Json;

namespace LeanTune.Data;

/// <summary>The assistant's wish that a tool be run.</summary>
/// <param name="Id">What the tool's answer refers to, or null.</param>
/// <param name="Name">The function.</param>
/// <param name="Arguments">Its arguments, a JSON object; also where the file holds them as text.</param>
public sealed record ToolCall(string? Id, string Name, JsonElement Arguments);
