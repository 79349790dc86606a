using System.Globalization;
using LeanTune.Cli.Recipes;
using LeanTune.Cli.Recipes.Reference;
using LeanTune.Data;
using LeanTune.Training;

namespace LeanTune.Cli.Tests.Recipes.Reference;

/// <summary>The ranges that editors and the reference show are those that the library accepts.</summary>
public class RecipeRangesTests
{
    // What a key needs beside it to be judged by its own value.
    private static readonly Dictionary<string, string[]> s_beside = new()
    {
        ["activations.bits"] = ["activations.codec=chain"],
        ["activations.power_iterations"] = ["activations.codec=low_rank"],
        ["training.evaluate_every"] = ["data.validation_share=0.5"],
        ["training.early_stopping"] = ["data.validation_share=0.5", "training.evaluate_every=1"],
        ["training.batch_tokens"] = ["data.max_length=2"],
        ["sample.every"] = ["sample.prompt=x"],
        ["sample.max_new_tokens"] = ["sample.prompt=x"],
        ["sample.temperature"] = ["sample.prompt=x"],
        ["sample.top_p"] = ["sample.prompt=x"],
        ["data.train.weight"] = ["data.train={path: x}"],
    };

    public static TheoryData<string> Numbers => [.. All().Select(item => item.Path)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_range_ends_where_the_library_refuses(string path)
    {
        RecipeKey key = All().Single(item => item.Path == path).Key;
        RecipeRange range = RecipeRanges.Of(key).ShouldNotBeNull(path);
        double step = key.Type == typeof(double) ? 1e-9 : 1;

        Accepts(path, range.Least).ShouldBe(!range.AboveLeast);
        Accepts(path, range.Least + step).ShouldBeTrue();
        Accepts(path, range.Least - step).ShouldBeFalse();
        double most = range.Most ?? 100_000;
        Accepts(path, most - step).ShouldBeTrue();
        Accepts(path, most).ShouldBe(!range.BelowMost);
        Accepts(path, most + step).ShouldBe(range.Most is null);
    }

    private static bool Accepts(string path, double value)
    {
        try
        {
            RecipeText.Bind(RecipeText.Minimal, [.. s_beside.GetValueOrDefault(path, []), $"{path}={value.ToString("0.##########", CultureInfo.InvariantCulture)}"]);
            return true;
        }
        catch (RecipeException)
        {
            return false;
        }
    }

    private static IEnumerable<(string Path, RecipeKey Key)> All() =>
        Below(typeof(FineTuneOptions), "").Concat(RecipeSchema.Keys(typeof(DataSource)).Select(key => ($"data.train.{key.Name}", key)))
            .Where(item => item.Item2.Type == typeof(int) || item.Item2.Type == typeof(double) || item.Item2.Type == typeof(ulong));

    private static IEnumerable<(string, RecipeKey)> Below(Type section, string prefix) =>
        RecipeSchema.Keys(section).SelectMany(key => RecipeSchema.IsSection(key.Type) ? Below(key.Type, $"{prefix}{key.Name}.") : [($"{prefix}{key.Name}", key)]);
}
