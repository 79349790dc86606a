using System.CommandLine;
using LeanTune.Activations;
using LeanTune.Cli.Recipes;
using LeanTune.Cli.Recipes.Shipped;
using LeanTune.Training;
using Spectre.Console;

namespace LeanTune.Cli.Commands.Recipes;

/// <summary><c>leantune recipe ls</c>: the recipes that come with the tool.</summary>
internal static class RecipeListCommand
{
    public static Command Create(IAnsiConsole console)
    {
        Command command = new("ls", "List the recipes that come with the tool: what each does, with which model and method, and what it takes in memory.");
        command.SetAction(_ => Run(console.Profile.Out.Writer));
        return command;
    }

    private static int Run(TextWriter output)
    {
        foreach (ShippedRecipe recipe in ShippedRecipes.All())
        {
            FineTuneOptions options = Recipe.Load(recipe.Path, []).Stated;
            output.WriteLine(recipe.Name);
            output.WriteLine($"  {recipe.Description}");
            output.WriteLine($"  {options.Model.Path}, {Method(options)}{(recipe.Memory.Length == 0 ? "" : $"; memory: {recipe.Memory}")}");
        }
        return ExitCode.Done;
    }

    private static string Method(FineTuneOptions options)
    {
        string method = options.Adapter.Method == TrainingMethod.Full ? "all weights" : $"LoRA of rank {options.Adapter.Rank}";
        ActivationMode mode = options.Activations.Mode ?? ActivationMode.Layer;
        string form = options.Activations.Codec is { } codec ? RecipeSchema.Name(codec.ToString()) : RecipeSchema.Name((options.Activations.Fidelity ?? Fidelity.Balanced).ToString());
        return $"{method}, activations {RecipeSchema.Name(mode.ToString())}{(mode == ActivationMode.None ? "" : $"/{form}")}";
    }
}
