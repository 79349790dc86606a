using System.CommandLine;
using System.CommandLine.Help;
using LeanTune.Cli.Commands;
using LeanTune.Cli.Hub;
using LeanTune.Hub;
using Spectre.Console;

namespace LeanTune.Cli;

/// <summary>Parses arguments and starts the command they name: the whole tool apart from the process around it.</summary>
internal static class CommandLine
{
    /// <summary>Prints the stack trace of a failure.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose") { Description = "Show the stack trace of a failure.", Recursive = true };

    /// <summary>Keeps commands from using the network.</summary>
    public static Option<bool> Offline { get; } = new("--offline") { Description = "Leave the network alone: of the hub, use what is on this machine.", Recursive = true };

    /// <summary>Runs the tool.</summary>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="console">Where results go; messages about failures go to <paramref name="error"/>.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="trainer">What <c>train</c> starts.</param>
    /// <param name="hub">Where the hub is; null for what the environment says.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, IAnsiConsole console, TextWriter error, Trainer trainer, HubOptions? hub = null)
    {
        RootCommand root = Build(console, error, trainer, parsed => Hub(hub ?? HubOptions.FromEnvironment(), parsed.GetValue(Offline), error));
        // A value such as '@name' is a value, not a file of arguments.
        ParseResult parsed = root.Parse(arguments, new() { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
            return UsageErrors.Report(parsed, error);
        InvocationConfiguration configuration = new()
        {
            Output = console.Profile.Out.Writer,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        return Failure.Report(() => parsed.Invoke(configuration), error, parsed.GetValue(Verbose));
    }

    private static HubFiles Hub(HubOptions options, bool offline, TextWriter error) => new(offline ? options with { Offline = true } : options, error);

    private static RootCommand Build(IAnsiConsole console, TextWriter error, Trainer trainer, Func<ParseResult, HubFiles> hub)
    {
        RootCommand root = new("LeanTune fine-tunes transformers in as little memory as you have.") { Verbose, Offline };
        (Command Command, string Examples)[] commands =
        [
            TrainCommand.Create(console, trainer, hub),
            PlanCommand.Create(console, error, hub),
            EstimateCommand.Create(console, hub),
            EvalCommand.Create(console, error, hub),
            RecipeCommand.Create(console, error),
            GenerateCommand.Create(console, error, hub),
            DownloadCommand.Create(console, hub),
            ImportCommand.Create(console),
            InspectCommand.Create(console, hub),
            ReportCommand.Create(console),
            CompareCommand.Create(console),
            DoctorCommand.Create(console),
        ];
        Dictionary<Command, string> examples = new() { [root] = string.Join('\n', commands.Select(item => item.Examples.Split('\n')[0])) };
        foreach ((Command command, string lines) in commands)
        {
            root.Subcommands.Add(command);
            examples[command] = lines;
        }
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, examples);
        // Without a command there is nothing to do but to say what can be done.
        root.SetAction(parsed => root.Parse(["--help"]).Invoke(parsed.InvocationConfiguration));
        return root;
    }
}
