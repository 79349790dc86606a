using LeanTune.Training;
using static LeanTune.Cli.Tests.Recipes.RecipeText;

namespace LeanTune.Cli.Tests.Recipes;

public class RecipeOverridesTests
{
    [Fact]
    public void An_override_replaces_adds_and_the_last_one_wins()
    {
        FineTuneOptions options = Bind(Minimal, "data.train=other.txt", "adapter.rank=2", "adapter.rank=3", "sample.prompt=Call me: # \"Ishmael\"");

        options.Data.Train.ShouldBe("other.txt");
        options.Adapter.Rank.ShouldBe(3);
        options.Sample!.Prompt.ShouldBe(["Call me: # \"Ishmael\""]);
    }

    [Fact]
    public void Values_may_be_lists_quoted_texts_or_null()
    {
        FineTuneOptions options = Bind(Minimal + "\nsample:\n  prompt: x\n", "adapter.target_modules=[q_proj, v_proj]", "sample=null", "model.hub_id=\"a\\tb\"");

        options.Adapter.TargetModules.ShouldBe(["q_proj", "v_proj"]);
        options.Sample.ShouldBeNull();
        options.Model.HubId.ShouldBe("a\tb");
    }

    [Theory]
    [InlineData("adapter.rank", "--set adapter.rank: expected key=value, such as adapter.rank=16")]
    [InlineData("=3", "--set =3: expected key=value, such as adapter.rank=16")]
    [InlineData("adapter..rank=3", "--set adapter..rank=3: expected key=value, such as adapter.rank=16")]
    [InlineData("adapter.rank=x", "--set adapter.rank=x: adapter.rank: expected a whole number; found 'x'")]
    [InlineData("adapter.rank=0", "--set adapter.rank=0: adapter.rank: expected at least 1; found 0")]
    [InlineData("adapter.rnak=3", "--set adapter.rnak=3: unknown key 'rnak' in 'adapter'; did you mean 'rank'?")]
    [InlineData("adpter.rank=3", "--set adpter.rank=3: unknown key 'adpter' at the top level; did you mean 'adapter'?")]
    [InlineData("output.x=3", "--set output.x=3: 'output' holds 'runs/x' in the recipe, not keys with values")]
    [InlineData("adapter.target_modules=[a", "--set adapter.target_modules=[a: is not valid YAML: ")]
    [InlineData("adapter.target_modules=[*a]", "--set adapter.target_modules=[*a]: '*a' refers to an anchor")]
    [InlineData("output=", "--set output=: output: expected one value; found nothing")]
    public void A_wrong_override_is_named_as_such(string assignment, string expected) => Refusal(Minimal, assignment).ShouldStartWith(expected);
}
