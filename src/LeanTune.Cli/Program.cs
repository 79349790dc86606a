using LeanTune.Cli;
using LeanTune.Training;
using Spectre.Console;

return CommandLine.Run(args, AnsiConsole.Console, Console.Error, (options, observer, cancel) => new FineTuner(options).Run(observer, cancel));
