using LeanTune.Hub;
using Spectre.Console.Testing;

namespace LeanTune.Cli.Tests.Commands;

/// <summary>One run of the tool within the test's process.</summary>
/// <param name="Code">Exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record ToolRun(int Code, string Output, string Error)
{
    public static ToolRun Of(params string[] arguments) => On(null, arguments);

    /// <summary>A run that finds this hub.</summary>
    public static ToolRun On(HubOptions? hub, params string[] arguments)
    {
        using TestConsole console = new TestConsole().Width(80);
        using StringWriter error = new();
        int code = CommandLine.Run(arguments, console, error, (_, _, _) => throw new InvalidOperationException("nothing is trained here"), hub);
        return new(code, console.Output, error.ToString());
    }
}
