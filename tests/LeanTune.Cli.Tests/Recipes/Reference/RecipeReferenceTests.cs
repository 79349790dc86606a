using LeanTune.Cli.Recipes;
using LeanTune.Cli.Recipes.Reference;
using LeanTune.Cli.Tests.Commands;
using LeanTune.Data;
using LeanTune.Training;

namespace LeanTune.Cli.Tests.Recipes.Reference;

public class RecipeReferenceTests
{
    [Fact]
    public void The_page_in_docs_is_what_the_command_writes()
    {
        ToolRun run = ToolRun.Of("recipe", "reference");

        run.Code.ShouldBe(ExitCode.Done, run.Error);
        run.Output.ReplaceLineEndings("\n").ShouldBe(File.ReadAllText(Path.Combine(Repository.Root, "docs", "recipe-reference.md")).ReplaceLineEndings("\n"),
            "docs/recipe-reference.md is stale: leantune recipe reference > docs/recipe-reference.md");
    }

    [Fact]
    public void Every_key_and_every_name_is_explained()
    {
        OptionDocs docs = OptionDocs.Read();
        foreach (RecipeKey key in Keys(typeof(FineTuneOptions)).Concat(RecipeSchema.Keys(typeof(DataSource))))
        {
            docs.Summary(key.Property).ShouldNotBeEmpty($"{key.Property.DeclaringType!.Name}.{key.Property.Name}");
            foreach (string name in key.Type.IsEnum ? Enum.GetNames(key.Type) : [])
                docs.Summary(key.Type, name).ShouldNotBeEmpty($"{key.Type.Name}.{name}");
        }
    }

    // The documentation says defaults in words, beside the code that sets them.
    [Fact]
    public void The_defaults_that_are_documented_are_those_of_the_options()
    {
        OptionDocs docs = OptionDocs.Read();
        foreach (RecipeKey key in Keys(typeof(FineTuneOptions)).Concat(RecipeSchema.Keys(typeof(DataSource))).Where(key => !key.Required && !RecipeSchema.IsSection(key.Type)))
        {
            object? real = key.Property.GetValue(RecipeReference.Defaults(key.Property.DeclaringType!));
            string said = docs.Default(key.Property).Split([':', ';'])[0].Split(". ")[0].Trim('`');
            string expected = real switch
            {
                null => "null",
                double number => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{number}"),
                IReadOnlyList<string> { Count: 0 } or IReadOnlyDictionary<string, string> { Count: 0 } => "empty",
                IReadOnlyList<string> texts => texts[0],
                _ => RecipeWriter.Value(real),
            };
            if (real is double)
                said = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{double.Parse(said, System.Globalization.CultureInfo.InvariantCulture)}");
            said.ShouldBe(expected, $"{key.Property.DeclaringType!.Name}.{key.Property.Name}");
        }
    }

    private static IEnumerable<RecipeKey> Keys(Type section) =>
        RecipeSchema.Keys(section).SelectMany(key => RecipeSchema.IsSection(key.Type) ? Keys(key.Type).Prepend(key) : [key]);
}
