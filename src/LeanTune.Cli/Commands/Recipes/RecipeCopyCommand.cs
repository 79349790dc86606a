using System.CommandLine;
using LeanTune.Checkpoints;
using LeanTune.Cli.Recipes;
using LeanTune.Cli.Recipes.Shipped;
using LeanTune.Training;
using Spectre.Console;

namespace LeanTune.Cli.Commands.Recipes;

/// <summary><c>leantune recipe copy NAME [FILE]</c>: a shipped recipe as a file of one's own, in one piece.</summary>
internal static class RecipeCopyCommand
{
    public static Command Create(IAnsiConsole console)
    {
        Argument<string> name = PathArgument.Create("NAME", "The recipe's name, as leantune recipe ls shows it.");
        Argument<string?> file = new("FILE") { Description = "The file, or the folder, to write to; by default a file named after the recipe, here.", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> force = new("--force") { Description = "Replace a file that is there already." };
        Command command = new("copy", "Copy a recipe that comes with the tool, with all that it builds on, into one file to be changed.") { name, file, force };
        command.SetAction(parsed => Run(console.Profile.Out.Writer, parsed.GetRequiredValue(name), parsed.GetValue(file), parsed.GetValue(force)));
        return command;
    }

    private static int Run(TextWriter output, string name, string? file, bool force)
    {
        ShippedRecipe recipe = ShippedRecipes.Find(name);
        string own = recipe.Name.Replace('/', '-') + ".yaml";
        string target = string.IsNullOrWhiteSpace(file) ? own : Directory.Exists(file) ? Path.Combine(file, own) : file;
        if (Path.GetExtension(target).ToLowerInvariant() is not (".yaml" or ".yml"))
            throw new UsageException($"{target}: expected a name that ends in .yaml, or a folder that is there");
        if (File.Exists(target) && !force)
            throw new UsageException($"{target}: is there already: choose another name, or replace it by --force");
        if (Path.GetDirectoryName(Path.GetFullPath(target)) is { } folder && !Directory.Exists(folder))
            throw new UsageException($"{target}: there is no folder '{folder}'");
        AtomicFile.WriteText(target, new RecipeCopy(recipe, target).Write());

        output.WriteLine($"Copied {recipe.Name} to {target}");
        (FineTuneOptions options, IReadOnlyList<string> problems) = Recipe.Load(target, []).FindPaths();
        RecipeNeeds.Write(output, options);
        if (problems.Count > 0)
        {
            output.WriteLine("Still to be named, in the file or by --set:");
            foreach (string problem in problems)
                output.WriteLine($"  {problem}");
        }
        output.WriteLine($"Then: {NextCommand.Train(target)}");
        return ExitCode.Done;
    }
}
