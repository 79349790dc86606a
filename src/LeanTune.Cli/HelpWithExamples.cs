using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace LeanTune.Cli;

/// <summary>A command's help, followed by its examples; lists of commands stay short because examples are no part of the description.</summary>
internal sealed class HelpWithExamples(HelpAction help, IReadOnlyDictionary<Command, string> examples) : SynchronousCommandLineAction
{
    // Help is wanted most when the rest of the line is wrong.
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = help.Invoke(parseResult);
        if (!examples.TryGetValue(parseResult.CommandResult.Command, out string? lines))
            return code;
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (string line in lines.Split('\n'))
            output.WriteLine($"  {line}");
        output.WriteLine();
        return code;
    }
}
