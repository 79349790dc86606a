using System.CommandLine;
using LeanTune.Cli.Commands.Recipes;
using LeanTune.Cli.Recipes.Reference;
using Spectre.Console;

namespace LeanTune.Cli.Commands;

/// <summary><c>leantune recipe</c>: finds, copies, checks and explains recipes.</summary>
internal static class RecipeCommand
{
    public static (Command Command, string Examples) Create(IAnsiConsole console, TextWriter error)
    {
        Command command = new("recipe", "List, copy, check and explain recipes.")
        {
            RecipeListCommand.Create(console),
            RecipeCopyCommand.Create(console),
            RecipeValidateCommand.Create(console, error),
            RecipeShowCommand.Create(console),
            Page("schema", "Write a JSON schema of recipes, for editors: what each key may hold, and what it means.", console, RecipeJsonSchema.Write),
            Page("reference", "Write the page that lists every key of a recipe, as Markdown.", console, RecipeReference.Write),
        };
        return (command, """
            leantune recipe ls
            leantune recipe copy smollm2/135m-loract my.yaml
            leantune recipe validate my.yaml --set data.train=examples.jsonl
            leantune recipe show my.yaml
            leantune recipe schema > recipe.schema.json
            """);
    }

    private static Command Page(string name, string description, IAnsiConsole console, Func<string> write)
    {
        Command command = new(name, description);
        command.SetAction(_ =>
        {
            console.Profile.Out.Writer.WriteLine(write().TrimEnd());
            return ExitCode.Done;
        });
        return command;
    }
}
