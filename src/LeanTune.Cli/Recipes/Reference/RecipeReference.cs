using System.Text;
using LeanTune.Data;
using LeanTune.Training;

namespace LeanTune.Cli.Recipes.Reference;

/// <summary>Writes the page that lists every key of a recipe, docs/recipe-reference.md, from the options and their documentation.</summary>
internal static class RecipeReference
{
    /// <summary>What <c>extends</c> means; it is no option, so that no documentation says it.</summary>
    public const string Extends = "A recipe that this one builds on: a path from this recipe's folder. Sections merge key by key; other values, lists too, are replaced. --set comes last.";

    /// <summary>The page, as Markdown.</summary>
    public static string Write()
    {
        OptionDocs docs = OptionDocs.Read();
        StringBuilder page = new($"""
            # Every key of a recipe

            Written by `leantune recipe reference` from the options' own documentation; a test compares the two. [Recipes](recipes.md) says how recipes are written,
            found and checked. Only `model.path`, `data.train` and `output` must be there.

            ## At the top

            - **`{RecipeBases.Key}`** (text). {Extends} Default none.

            """);
        foreach (RecipeKey key in RecipeSchema.Keys(typeof(FineTuneOptions)).Where(key => !RecipeSchema.IsSection(key.Type)))
            WriteKey(page, docs, key, Defaults(typeof(FineTuneOptions)));
        foreach (RecipeKey section in RecipeSchema.Keys(typeof(FineTuneOptions)).Where(key => RecipeSchema.IsSection(key.Type)))
        {
            WriteSection(page, docs, $"`{section.Name}`", docs.Summary(section.Property), section.Type);
            if (section.Type == typeof(DataOptions))
                WriteSection(page, docs, "A source: what `data.train` and `data.validation` hold", SourceIntroduction(), typeof(DataSource));
        }
        return page.ToString();
    }

    /// <summary>A section's options as they are when nothing is stated; null for a section that has to state something.</summary>
    public static object? Defaults(Type section) => Activator.CreateInstance(section);

    private static string SourceIntroduction()
    {
        IEnumerable<string> shared = RecipeSchema.SharedKeys(typeof(DataOptions)).Select(key => key.Name);
        string own = string.Join(", ", RecipeSchema.Keys(typeof(DataSource)).Select(key => key.Name).Except(shared).Select(name => $"`{name}`"));
        return $"A path alone, these keys, or a list of either. All but {own} may stand directly below `data:` too, for every source that does not say otherwise.";
    }

    private static void WriteSection(StringBuilder page, OptionDocs docs, string title, string introduction, Type type)
    {
        page.Append($"\n## {title}\n\n{introduction}\n\n");
        foreach (RecipeKey key in RecipeSchema.Keys(type))
            WriteKey(page, docs, key, Defaults(type));
    }

    private static void WriteKey(StringBuilder page, OptionDocs docs, RecipeKey key, object? defaults)
    {
        string otherwise = docs.Default(key.Property);
        if (otherwise.Length == 0)
            otherwise = RecipeWriter.Value(key.Property.GetValue(defaults));
        page.Append($"- **`{key.Name}`** ({TypeOf(key)}). {docs.Summary(key.Property)} {(key.Required ? "Must be there." : $"Default {otherwise}.")}\n");
        if (key.Type.IsEnum)
            foreach (string name in Enum.GetNames(key.Type))
                page.Append($"  - `{RecipeSchema.Name(name)}`: {docs.Summary(key.Type, name)}\n");
    }

    private static string TypeOf(RecipeKey key)
    {
        string type = key.Type.IsEnum ? "one of the names below"
            : key.Type == typeof(DataSources) ? "path, source, or a list of these"
            : key.Type == typeof(IReadOnlyList<string>) ? "text, or a list of texts"
            : key.Type == typeof(IReadOnlyDictionary<string, string>) ? "names with texts"
            : key.Type == typeof(string) ? "text"
            : RecipeScalarReader.Expected(key.Type);
        // The reader's words for a whole number say where it starts.
        string range = RecipeRanges.Of(key) is { } found && key.Type != typeof(ulong) ? $" {found}" : "";
        return type + range + (key.AllowsNull ? ", or null" : "");
    }
}
