using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Statements;

namespace LeanTune.ChatTemplates.Jinja.Syntax;

/// <summary>What parsing a template gives.</summary>
/// <param name="Body">Its statements.</param>
/// <param name="Names">Names of its variables.</param>
/// <param name="Literals">Its plain text and the texts in quotes.</param>
/// <param name="HasGenerationBlocks">Whether it marks what the assistant writes.</param>
internal sealed record ParsedTemplate(Block Body, NameTable Names, IReadOnlyList<string> Literals, bool HasGenerationBlocks);
