using System.CommandLine;
using LeanTune.Checkpoints;
using LeanTune.Cli.Commands.Inspect;
using LeanTune.Cli.Hub;
using LeanTune.Cli.Recipes;
using Spectre.Console;

namespace LeanTune.Cli.Commands;

/// <summary><c>leantune inspect PATH</c>: says what a checkpoint, an adapter or a recipe holds.</summary>
internal static class InspectCommand
{
    public static (Command Command, string Examples) Create(IAnsiConsole console, Func<ParseResult, HubFiles> hub)
    {
        Argument<string> path = PathArgument.Create("PATH", "A model folder, a .safetensors or .gguf file, a PEFT adapter folder, a model or adapter of the hub (owner/name), or a recipe.");
        Option<bool> all = new("--all") { Description = "List every tensor instead of one line for all layers." };
        Option<string[]> set = new("--set") { Description = "For a recipe: replace a value, as in train.", HelpName = "KEY=VALUE" };
        Command command = new("inspect", "Show what a checkpoint, an adapter or a recipe holds.") { path, all, set };
        command.Subcommands.Add(InspectDataCommand.Create(console, hub));
        command.SetAction(parsed => Run(console, hub(parsed).Model(parsed.GetRequiredValue(path)), parsed.GetValue(all), parsed.GetValue(set) ?? []));
        return (command, """
            leantune inspect models/SmolLM2-135M
            leantune inspect runs/quickstart/adapter
            leantune inspect recipes/quickstart.yaml --set adapter.rank=16
            leantune inspect data recipes/quickstart.yaml
            """);
    }

    private static int Run(IAnsiConsole console, string path, bool all, string[] overrides)
    {
        TextWriter output = console.Profile.Out.Writer;
        if (!Path.Exists(path))
            throw new UsageException($"{path}: not found (looked for '{Path.GetFullPath(path)}'){NearbyFile.Hint(path)}");
        if (Directory.Exists(path))
        {
            if (File.Exists(Path.Combine(path, AdapterInspection.ConfigName)))
                AdapterInspection.Write(output, path, all);
            else
                using (HubFolder folder = HubFolder.Open(path))
                    CheckpointInspection.Write(output, folder, all);
        }
        else if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            CheckpointInspection.Write(output, file, all);
        }
        else if (path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
        {
            using GgufFile file = GgufFile.Open(path);
            CheckpointInspection.Write(output, file, all);
        }
        else if (Path.GetExtension(path).ToLowerInvariant() is not (".yaml" or ".yml"))
            throw new UsageException($"{path}: expected a model folder, an adapter folder, or a file that ends in .safetensors, .gguf or .yaml");
        else
            WriteRecipe(output, Recipe.Load(path, overrides));
        return ExitCode.Done;
    }

    private static void WriteRecipe(TextWriter output, Recipe recipe)
    {
        output.Write(RecipeWriter.Write(recipe.Stated));
        // After the options, so that a recipe from another machine can be read too.
        recipe.Resolve();
    }
}
