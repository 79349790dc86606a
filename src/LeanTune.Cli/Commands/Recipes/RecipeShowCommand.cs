using System.CommandLine;
using LeanTune.Cli.Display;
using LeanTune.Cli.Recipes;
using Spectre.Console;

namespace LeanTune.Cli.Commands.Recipes;

/// <summary><c>leantune recipe show RECIPE</c>: every key with its value, and where that comes from.</summary>
internal static class RecipeShowCommand
{
    public static Command Create(IAnsiConsole console)
    {
        Argument<string> path = PathArgument.Create("RECIPE", "The recipe: a YAML file.");
        Option<string[]> set = new("--set") { Description = "Replace a value of the recipe, as in train.", HelpName = "KEY=VALUE" };
        Command command = new("show", "Show what a recipe comes to, as YAML: every key, with the file and line, the --set or the default that gave it.") { path, set };
        command.SetAction(parsed => Run(console.Profile.Out.Writer, parsed.GetRequiredValue(path), parsed.GetValue(set) ?? []));
        return command;
    }

    private static int Run(TextWriter output, string path, string[] overrides)
    {
        Recipe recipe = Recipe.Load(path, overrides);
        output.WriteLine($"# What {SafeText.Line(path, 200)}{string.Concat(overrides.Select(set => $" --set {SafeText.Line(set, 200)}"))} comes to. Relative paths start at the current directory.");
        output.Write(RecipeWriter.Write(recipe.FindPaths().Options, key => RecipeOrigins.Of(recipe.Keys, key)));
        return ExitCode.Done;
    }
}
