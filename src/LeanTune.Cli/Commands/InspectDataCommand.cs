using System.CommandLine;
using LeanTune.Checkpoints;
using LeanTune.Cli.Commands.InspectData;
using LeanTune.Cli.Hub;
using LeanTune.Cli.Recipes;
using LeanTune.Hub;
using LeanTune.Training;
using Spectre.Console;

namespace LeanTune.Cli.Commands;

/// <summary><c>leantune inspect data RECIPE</c>: shows what a run would train on, as the model sees it, and what is odd about it.</summary>
internal static class InspectDataCommand
{
    public static Command Create(IAnsiConsole console, Func<ParseResult, HubFiles> hub)
    {
        Argument<string> path = PathArgument.Create("RECIPE", "A recipe; or, with --model, a file, folder or pattern of examples, or a data set of the hub (hub:owner/name).");
        Option<string?> model = new("--model") { Description = "The model, for examples without a recipe: a folder, or owner/name of the hub.", HelpName = "MODEL" };
        Option<string[]> set = new("--set") { Description = "Replace a value of the recipe, as in train.", HelpName = "KEY=VALUE" };
        Option<int> shown = new("--examples") { Description = "How many examples of each set are shown, evenly spread over it.", DefaultValueFactory = _ => 3, HelpName = "N" };
        Option<bool> json = new("--json") { Description = "Write JSON instead of text." };
        Option<string?> html = new("--html") { Description = "Write a page that shows the same to this file.", HelpName = "FILE" };
        Command command = new("data", "Show what a run would train on: counts, lengths, what is cut or dropped, examples with what is trained of them, and warnings.") { path, model, set, shown, json, html };
        command.SetAction(parsed => Run(console, hub(parsed), Open(parsed.GetRequiredValue(path), parsed.GetValue(model), parsed.GetValue(set) ?? []), parsed.GetValue(shown), parsed.GetValue(json), parsed.GetValue(html)));
        return command;
    }

    private static Recipe Open(string path, string? model, string[] overrides)
    {
        bool isRecipe = Path.GetExtension(path).ToLowerInvariant() is ".yaml" or ".yml";
        return (isRecipe, model) switch
        {
            (true, null) => Recipe.Load(path, overrides),
            (true, not null) => Recipe.Load(path, [.. overrides, $"model.path={model}"]),
            (false, not null) => Recipe.ForData(path, model, overrides),
            _ => throw new UsageException($"{path}: expected a recipe (.yaml); for a file of examples name the model, whose tokenizer cuts them: --model DIR"),
        };
    }

    private static int Run(IAnsiConsole console, HubFiles hub, Recipe recipe, int shown, bool json, string? html)
    {
        if (shown < 0)
            throw new UsageException("--examples: expected 0 or more");
        FineTuneOptions options = recipe.Resolve(hub, ModelPart.Tokenizer);
        DataInspection data;
        try
        {
            data = DataInspection.Of(options, shown);
        }
        catch (OptionsException e)
        {
            throw recipe.Locate(e);
        }

        TextWriter output = console.Profile.Out.Writer;
        string title = hub.Named(options).Data.Train.ToString();
        if (html is not null)
            AtomicFile.WriteText(html, DataPage.Of(title, data));
        if (json)
            DataJson.Write(output, data);
        else
            DataText.Write(output, data, colour: console.Profile.Capabilities is { Ansi: true, Interactive: true, ColorSystem: not ColorSystem.NoColors });
        // Past --json, whose output is JSON and nothing else.
        if (html is not null && !json)
            output.WriteLine($"{Environment.NewLine}Page: {html}");
        return data.Findings.Any(finding => finding.Stops) ? ExitCode.Data : ExitCode.Done;
    }
}
