using System.Globalization;
using LeanTune.Cli.Recipes;
using LeanTune.Metrics;

namespace LeanTune.Cli.Commands.Compare;

/// <summary>In which keys the recipes of several runs differ.</summary>
internal static class RecipeDifferences
{
    private const string Absent = "–";

    // Where a run is and whether it was taken up again says nothing about what was run.
    private static readonly string[] s_passedOver = ["output", "training.resume"];

    /// <summary>The keys that differ, with each run's value; none where a run has no recipe.</summary>
    public static IReadOnlyList<(string Key, IReadOnlyList<string> Values)> Of(IReadOnlyList<RunRecord> runs)
    {
        List<IReadOnlyDictionary<string, string>> recipes = [.. runs.Select(run => Values(run.Recipe)).OfType<IReadOnlyDictionary<string, string>>()];
        if (recipes.Count < runs.Count) return [];
        return
        [
            .. recipes.SelectMany(recipe => recipe.Keys).Distinct().Where(key => !s_passedOver.Contains(key))
                .Select(key => (key, (IReadOnlyList<string>)[.. recipes.Select(recipe => recipe.GetValueOrDefault(key, Absent))]))
                .Where(entry => entry.Item2.Distinct().Count() > 1),
        ];
    }

    /// <summary>A recipe's values by dotted key; null where there is none or it cannot be read.</summary>
    public static IReadOnlyDictionary<string, string>? Values(string? recipe)
    {
        if (recipe is null) return null;
        try
        {
            Dictionary<string, string> values = [];
            Add(values, "", RecipeParser.Parse("recipe.yaml", recipe));
            return values;
        }
        catch (RecipeException)
        {
            return null;
        }
    }

    private static void Add(Dictionary<string, string> values, string path, RecipeNode node)
    {
        switch (node)
        {
            case RecipeMap map:
                foreach (RecipeEntry entry in map.Entries) Add(values, path.Length == 0 ? entry.Key : $"{path}.{entry.Key}", entry.Value);
                break;
            case RecipeList list when list.Items.All(item => item is RecipeScalar):
                values[path] = $"[{string.Join(", ", list.Items.Cast<RecipeScalar>().Select(item => item.Text))}]";
                break;
            case RecipeList list:
                for (int i = 0; i < list.Items.Count; i++) Add(values, list.Items.Count == 1 ? path : string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), list.Items[i]);
                break;
            case RecipeScalar scalar:
                values[path] = scalar.IsNull ? "null" : scalar.Text;
                break;
        }
    }
}
