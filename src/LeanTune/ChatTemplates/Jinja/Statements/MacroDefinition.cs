namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>What is written of a macro or a call block.</summary>
/// <param name="Name">Its name; "caller" for a call block.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Body">Its body.</param>
/// <param name="Varargs">Number of the name varargs, when the body uses it: arguments beyond the parameters.</param>
/// <param name="Kwargs">Number of the name kwargs, when the body uses it: named arguments that are no parameters.</param>
/// <param name="Caller">Number of the name caller, when the body uses it: the call block's body.</param>
internal sealed record MacroDefinition(string Name, MacroParameter[] Parameters, Block Body, int? Varargs, int? Kwargs, int? Caller);
