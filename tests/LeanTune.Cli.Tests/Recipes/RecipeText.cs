using LeanTune.Cli.Recipes;
using LeanTune.Training;

namespace LeanTune.Cli.Tests.Recipes;

/// <summary>Short cuts from recipe text to options or to the message that refuses it.</summary>
internal static class RecipeText
{
    public const string Minimal = """
        model:
          path: base
        data:
          train: books.txt
        output: runs/x
        """;

    public static FineTuneOptions Bind(string yaml, params string[] overrides)
    {
        RecipeMap keys = RecipeParser.Parse("r.yaml", yaml);
        foreach (string assignment in overrides)
            RecipeOverrides.Apply(keys, assignment);
        return RecipeBinder.Bind(keys);
    }

    public static string Refusal(string yaml, params string[] overrides) => Should.Throw<RecipeException>(() => Bind(yaml, overrides)).Message;
}
