using LeanTune.Cli.Recipes;
using LeanTune.Training;
using static LeanTune.Cli.Tests.Recipes.RecipeText;

namespace LeanTune.Cli.Tests.Recipes;

public class RecipeWriterTests
{
    [Fact]
    public void A_written_recipe_states_every_key_and_reads_back_the_same()
    {
        FineTuneOptions options = Bind(Minimal) with
        {
            Model = new() { Path = "C:\\models\\a b", Dtype = WeightType.Bf16 },
            Adapter = new() { TargetModules = ["q_proj", ".*\\.(gate|up)_proj$"], Alpha = 1.0 / 3 },
            Optimizer = new() { Epsilon = 1e-30, MaxGradientNorm = null },
            Sample = new() { Prompt = ["x"] },
        };

        string yaml = RecipeWriter.Write(options);
        FineTuneOptions again = Bind(yaml);

        again.Adapter.TargetModules.ShouldBe(options.Adapter.TargetModules);
        again.Sample!.Prompt.ShouldBe(["x"]);
        (again with { Adapter = options.Adapter, Sample = options.Sample }).ShouldBe(options);
        (again.Adapter with { TargetModules = options.Adapter.TargetModules }).ShouldBe(options.Adapter);
        foreach (string path in RecipeSchema.AllPaths(typeof(FineTuneOptions), ""))
            yaml.ShouldContain($"{path.Split('.')[^1]}:");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("yes: no # really")]
    [InlineData(" leading and trailing ")]
    [InlineData("line\nbreak\r\n\ttab\n")]
    [InlineData("'single' \"double\" \\ back")]
    [InlineData("nel\u0085 ls\u2028 ps\u2029 bom\ufeff bell\u0007 whale🐋")]
    [InlineData("- item")]
    [InlineData("&anchor *alias !tag %")]
    [InlineData("---")]
    public void Any_text_survives(string prompt)
    {
        FineTuneOptions options = Bind(Minimal) with { Sample = new() { Prompt = [prompt] } };

        Bind(RecipeWriter.Write(options)).Sample!.Prompt.ShouldBe([prompt]);
    }
}
