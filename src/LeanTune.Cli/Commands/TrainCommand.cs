using System.CommandLine;
using LeanTune.Checkpoints;
using LeanTune.Cli.Display;
using LeanTune.Cli.Hub;
using LeanTune.Cli.Recipes;
using LeanTune.Training;
using Spectre.Console;

namespace LeanTune.Cli.Commands;

/// <summary>Starts a run and returns when it is over; <c>new FineTuner(options).Run</c>, or recorded events in tests.</summary>
internal delegate RunFinished Trainer(FineTuneOptions options, Action<TrainingEvent> observer, CancellationToken cancel);

/// <summary><c>leantune train RECIPE</c>: fine-tunes as a recipe says, and shows how it goes.</summary>
internal static class TrainCommand
{
    /// <summary>Name of the resolved recipe in the run folder.</summary>
    public const string RecipeName = "recipe.yaml";

    public static (Command Command, string Examples) Create(IAnsiConsole console, Trainer trainer, Func<ParseResult, HubFiles> hub)
    {
        Argument<string> path = PathArgument.Create("RECIPE", "The recipe: a YAML file.");
        Option<string[]> set = new("--set")
        {
            Description = "Replace a value of the recipe, such as adapter.rank=16. May be repeated. A value that starts with a quote, [ or { is read as YAML.",
            HelpName = "KEY=VALUE",
        };
        Option<bool> first = new("--debug-first-batch") { Description = "Show the first step's batches as the model sees them, their loss and every gradient's norm, and train nothing." };
        Option<string?> replay = new("--replay") { Description = "The same for the step at which a run stopped because its numbers were no longer finite.", HelpName = "RUN" };
        Command command = new("train", "Fine-tune a model as a recipe says. Ctrl+C finishes the step and saves; a second Ctrl+C leaves at once.") { path, set, first, replay };
        command.SetAction(parsed => parsed.GetValue(first) || parsed.GetValue(replay) is not null
            ? BatchText.Show(console, hub(parsed), Recipe.Load(parsed.GetRequiredValue(path), parsed.GetValue(set) ?? []), parsed.GetValue(replay))
            : Run(console, trainer, hub(parsed), parsed.GetRequiredValue(path), parsed.GetValue(set) ?? []));
        return (command, """
            leantune train recipes/quickstart.yaml
            leantune train my.yaml --set adapter.rank=16 --set "adapter.target_modules=[q_proj, v_proj]"
            leantune train my.yaml --set training.resume=true
            leantune train my.yaml --debug-first-batch
            leantune train my.yaml --set model.path=HuggingFaceTB/SmolLM2-135M-Instruct
            """);
    }

    private static int Run(IAnsiConsole console, Trainer trainer, HubFiles hub, string path, string[] overrides)
    {
        Recipe recipe = Recipe.Load(path, overrides);
        FineTuneOptions options = recipe.Resolve(hub);
        RunProgress progress = new();
        IRunDisplay display = console.Profile.Capabilities is { Ansi: true, Interactive: true }
            ? new TerminalDisplay(console, progress)
            : new PlainDisplay(console.Profile.Out.Writer, progress);
        using Interruption interruption = new(() => display.Say("Stopping: this step is finished and everything saved. Ctrl+C again leaves at once."));

        RunFinished finished;
        try
        {
            finished = display.Show(observe => trainer(options, happened =>
            {
                if (happened is RunStarted)
                    AtomicFile.WriteText(Path.Combine(options.Output, RecipeName), ResolvedRecipe(hub.Named(options), path, overrides));
                observe(happened);
            }, interruption.Token));
        }
        catch (OptionsException e)
        {
            throw recipe.Locate(e);
        }
        progress.Apply(finished);

        RunSummary.Write(console, progress);
        WriteWhatNext(console.Profile.Out.Writer, hub.Named(options), finished, path, overrides);
        return finished.Interrupted ? ExitCode.Interrupted : ExitCode.Done;
    }

    private static string ResolvedRecipe(FineTuneOptions options, string path, string[] overrides) => $"""
        # What this run was started with: every key and its value, from {SafeText.Line(path, 200)}{string.Concat(overrides.Select(set => $" --set {SafeText.Line(set, 200)}"))}
        # Relative paths start at {SafeText.Line(Directory.GetCurrentDirectory(), 1000)}
        {RecipeWriter.Write(options)}
        """;

    // Past the console: a path or command that is wrapped cannot be copied.
    private static void WriteWhatNext(TextWriter output, FineTuneOptions options, RunFinished finished, string path, string[] overrides)
    {
        output.WriteLine();
        string result = Nearby(finished.Result);
        output.WriteLine($"{(options.Adapter.Method == TrainingMethod.Full ? "Model:  " : "Adapter:")} {result}");
        if (finished.Interrupted)
        {
            output.WriteLine($"Stopped after step {finished.Step}; everything is saved. To go on:");
            output.WriteLine($"  {NextCommand.Resume(path, overrides)}");
        }
        output.WriteLine("To try it:");
        output.WriteLine($"  {NextCommand.Generate(options, result)}");
        output.WriteLine("To look at it:");
        output.WriteLine($"  {NextCommand.Report(Nearby(options.Output))}");
        output.Flush();
    }

    private static string Nearby(string path)
    {
        string relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
