using LeanTune.Cli;
using Spectre.Console;

return CommandLine.Run(args, AnsiConsole.Console, Console.Error, (_,_,_)=> throw new NotSupportedException());
