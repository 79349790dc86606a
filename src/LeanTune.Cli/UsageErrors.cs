using System.CommandLine;
using System.CommandLine.Parsing;

namespace LeanTune.Cli;

/// <summary>Says what is wrong with a command line, with the nearest command or option.</summary>
internal static class UsageErrors
{
    /// <summary>Writes one line an error and where help is.</summary>
    /// <returns><see cref="ExitCode.Usage"/>.</returns>
    public static int Report(ParseResult parsed, TextWriter error)
    {
        Command command = parsed.CommandResult.Command;
        foreach (string message in Messages(parsed, command).Distinct())
            error.WriteLine($"leantune: {message}");
        string name = string.Concat(parsed.CommandResult.AndParents().Select(result => result.Command).Where(part => part is not RootCommand).Reverse().Select(part => $" {part.Name}"));
        error.WriteLine($"See 'leantune{name} --help'.");
        return ExitCode.Usage;
    }

    private static IEnumerable<string> Messages(ParseResult parsed, Command command)
    {
        // A misspelt option is taken for an argument by the parser, or left over.
        string? option = parsed.Tokens.Where(token => token.Type == TokenType.Argument).Select(token => token.Value).Concat(parsed.UnmatchedTokens)
            .FirstOrDefault(token => token.StartsWith("--", StringComparison.Ordinal));
        if (option is not null)
        {
            string[] known = [.. parsed.CommandResult.AndParents().SelectMany(result => result.Command.Options).Select(option => option.Name)];
            return [$"unknown option '{option}'{NearestSpelling.Hint(option.Split('=')[0], known)}"];
        }
        if (parsed.UnmatchedTokens is [string first, ..])
        {
            // What follows a misspelt command belongs to it.
            return command.Subcommands.Count > 0 && command.Arguments.Count == 0
                ? [$"unknown command '{first}'{NearestSpelling.Hint(first, command.Subcommands.Select(sub => sub.Name))}"]
                : [$"unexpected argument '{first}'"];
        }
        return parsed.Errors.Select(problem => problem.Message);
    }

    private static IEnumerable<CommandResult> AndParents(this CommandResult result)
    {
        for (SymbolResult? current = result; current is not null; current = current.Parent)
            if (current is CommandResult command)
                yield return command;
    }
}
