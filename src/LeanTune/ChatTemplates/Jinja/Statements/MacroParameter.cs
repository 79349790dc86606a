using LeanTune.ChatTemplates.Jinja.Expressions;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>A parameter of a macro.</summary>
/// <param name="Name">Number of its name.</param>
/// <param name="Text">Its name.</param>
/// <param name="Default">Its value when it is not given; null for undefined.</param>
internal sealed record MacroParameter(int Name, string Text, Expression? Default);
