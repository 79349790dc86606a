using System.CommandLine;
using LeanTune.Cli.Recipes;
using LeanTune.Training;
using Spectre.Console;

namespace LeanTune.Cli.Commands.Recipes;

/// <summary><c>leantune recipe validate RECIPE</c>: everything that is wrong with a recipe, without a model being loaded.</summary>
internal static class RecipeValidateCommand
{
    public static Command Create(IAnsiConsole console, TextWriter error)
    {
        Argument<string> path = PathArgument.Create("RECIPE", "The recipe: a YAML file.");
        Option<string[]> set = new("--set") { Description = "Replace a value of the recipe, as in train.", HelpName = "KEY=VALUE" };
        Command command = new("validate", "Check keys, values and paths of a recipe, and say everything that is wrong. Loads no weights and asks no hub.") { path, set };
        command.SetAction(parsed => Run(console.Profile.Out.Writer, error, parsed.GetRequiredValue(path), parsed.GetValue(set) ?? []));
        return command;
    }

    private static int Run(TextWriter output, TextWriter error, string path, string[] overrides)
    {
        IReadOnlyList<string> problems = RecipeCheck.Problems(path, overrides);
        if (problems.Count == 0)
        {
            Recipe recipe = Recipe.Load(path, overrides);
            (FineTuneOptions found, problems) = recipe.FindPaths();
            if (problems.Count == 0)
            {
                output.WriteLine($"ok: {path}{(recipe.Files.Count > 1 ? $", which builds on {string.Join(", ", recipe.Files.Skip(1))}" : "")}");
                RecipeNeeds.Write(output, found);
                return ExitCode.Done;
            }
        }
        foreach (string problem in problems)
            error.WriteLine(problem);
        return ExitCode.Usage;
    }
}
