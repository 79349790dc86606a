using LeanTune.Activations;
using LeanTune.Data;
using LeanTune.Training;
using static LeanTune.Cli.Tests.Recipes.RecipeText;

namespace LeanTune.Cli.Tests.Recipes;

public class RecipeBinderTests
{
    [Fact]
    public void A_minimal_recipe_has_the_defaults_of_the_options()
    {
        FineTuneOptions options = Bind(Minimal);

        options.ShouldBe(new FineTuneOptions
        {
            Model = new() { Path = "base" },
            Data = new() { Train = "books.txt" },
            Output = "runs/x",
            Adapter = options.Adapter,
        });
        options.Adapter.ShouldBe(new AdapterOptions { TargetModules = options.Adapter.TargetModules });
        options.Adapter.TargetModules.ShouldBe(["all-linear"]);
    }

    [Fact]
    public void Every_kind_of_value_reaches_its_option()
    {
        FineTuneOptions options = Bind("""
            # a comment
            model: {path: base, dtype: bf16, hub_id: "org/name"}
            data:
              train: a.jsonl
              validation_share: 0.25
              format: prompt_completion
              append_end_token: false
              max_validation_examples: 7
            adapter:
              rank: 4
              target_modules: [q_proj, 'v_proj']
              use_rslora: true
            activations:
              mode: sublayer
              codec: low_rank
              rank: 64
            optimizer:
              learning_rate: 5e-5
              max_gradient_norm: null
            training:
              seed: 18446744073709551615
            sample:
              prompt: |
                two
                lines
            output: runs/x
            """);

        options.Model.ShouldBe(new ModelOptions { Path = "base", Dtype = WeightType.Bf16, HubId = "org/name" });
        options.Data.ShouldBe(new DataOptions
        {
            Train = new DataSource { Path = "a.jsonl", Format = DataFormat.PromptCompletion }, ValidationShare = 0.25, AppendEndToken = false, MaxValidationExamples = 7,
        });
        options.Adapter.Rank.ShouldBe(4);
        options.Adapter.UseRslora.ShouldBeTrue();
        options.Adapter.TargetModules.ShouldBe(["q_proj", "v_proj"]);
        options.Activations.ShouldBe(new ActivationOptions { Mode = ActivationMode.Sublayer, Codec = ActivationCodecName.LowRank, Rank = "64" });
        options.Optimizer.ShouldBe(new OptimizerOptions { LearningRate = 5e-5, MaxGradientNorm = null });
        options.Training.Seed.ShouldBe(ulong.MaxValue);
        options.Sample!.Prompt.ShouldBe(["two\nlines\n"]);
    }

    [Fact]
    public void One_module_may_stand_without_a_list() =>
        Bind(Minimal + "\nadapter:\n  target_modules: .*q_proj\n").Adapter.TargetModules.ShouldBe([".*q_proj"]);

    [Theory]
    [InlineData("adapter:")]
    [InlineData("adapter:\n  # rank: 4")]
    [InlineData("adapter: {}")]
    [InlineData("adapter: ~")]
    public void A_section_without_keys_has_its_defaults(string section) => Bind($"{Minimal}\n{section}\n").Adapter.Rank.ShouldBe(8);

    [Fact]
    public void An_unknown_key_is_named_with_its_place_the_nearest_and_all_others()
    {
        string message = Refusal($"{Minimal}\noptimizer:\n  lerning_rate: 1e-4\n");

        message.ShouldBe("r.yaml:7:3: unknown key 'lerning_rate' in 'optimizer'; did you mean 'learning_rate'? "
            + "Known here: learning_rate, beta1, beta2, epsilon, weight_decay, max_gradient_norm");
    }

    [Theory]
    [InlineData("learning_rate: 1e-4", "r.yaml:6:1: unknown key 'learning_rate' at the top level; 'learning_rate' belongs inside 'optimizer'. Known here: model")]
    [InlineData("adapter.alpha: 3", "r.yaml:6:1: unknown key 'adapter.alpha' at the top level; 'alpha' belongs inside 'adapter'. Known here: model")]
    [InlineData("rank: 4", "r.yaml:6:1: unknown key 'rank' at the top level; 'rank' belongs inside 'adapter' or 'activations'. Known here: model")]
    [InlineData("colour: red", "r.yaml:6:1: unknown key 'colour' at the top level. Known here: model, data")]
    [InlineData("adapter: {rank: four}", "r.yaml:6:17: adapter.rank: expected a whole number; found 'four'")]
    [InlineData("adapter: {rank: 4.5}", "r.yaml:6:17: adapter.rank: expected a whole number; found '4.5'")]
    [InlineData("adapter: {rank: 99999999999}", "r.yaml:6:17: adapter.rank: expected a whole number; found '99999999999'")]
    [InlineData("adapter: {rank: '4'}", "r.yaml:6:17: adapter.rank: expected a whole number; found the text '4': remove the quotes")]
    [InlineData("adapter: {rank: [4]}", "r.yaml:6:17: adapter.rank: expected one value; found a list")]
    [InlineData("adapter: {rank: }", "r.yaml:6:17: adapter.rank: expected one value; found nothing")]
    [InlineData("adapter: {use_rslora: yes}", "r.yaml:6:23: adapter.use_rslora: expected true or false; found 'yes'")]
    [InlineData("adapter: 8", "r.yaml:6:10: adapter: expected keys with values (method, rank, ")]
    [InlineData("adapter: [8]", "r.yaml:6:10: adapter: expected keys with values (method, rank, ")]
    [InlineData("adapter: {target_modules: [q_proj, {a: b}]}", "r.yaml:6:36: adapter.target_modules: expected a text or a list of texts; found keys with values")]
    [InlineData("optimizer: {learning_rate: .nan}", "r.yaml:6:28: optimizer.learning_rate: expected a number; found '.nan'")]
    [InlineData("optimizer: {learning_rate: 1e999}", "r.yaml:6:28: optimizer.learning_rate: expected a number; found '1e999'")]
    [InlineData("activations: {codec: lowrank}", "r.yaml:6:22: activations.codec: expected one of exact, low_rank, chain; found 'lowrank'; did you mean 'low_rank'?")]
    [InlineData("activations: {mode: 1}", "r.yaml:6:21: activations.mode: expected one of none, ops, sublayer, layer; found '1'")]
    [InlineData("training: {seed: -1}", "r.yaml:6:18: training.seed: expected a whole number from 0; found '-1'")]
    [InlineData("sample: {max_new_tokens: 3}", "r.yaml:6:1: the key 'sample.prompt' is missing")]
    public void What_does_not_fit_is_refused_with_place_and_expectation(string line, string expected) =>
        Refusal($"{Minimal}\n{line}\n").ShouldStartWith(expected);

    [Fact]
    public void All_wrong_keys_are_reported_at_once()
    {
        string[] lines = Refusal("model:\n  pth: x\n  dtype: fp8\ndata:\n").Split(Environment.NewLine);

        lines.Length.ShouldBe(5);
        lines[0].ShouldStartWith("r.yaml:2:3: unknown key 'pth' in 'model'; did you mean 'path'?");
        lines[1].ShouldBe("r.yaml:3:10: model.dtype: expected one of auto, fp32, bf16; found 'fp8'");
        lines[2].ShouldBe("r.yaml:1:1: the key 'model.path' is missing");
        lines[3].ShouldBe("r.yaml:4:1: the key 'data.train' is missing");
        lines[4].ShouldBe("r.yaml:1:1: the key 'output' is missing");
    }

    [Theory]
    [InlineData("adapter: {rank: 0}", "r.yaml:6:17: adapter.rank: expected at least 1; found 0")]
    [InlineData("adapter: {method: full, continue_from: x}", "r.yaml:6:40: adapter.continue_from: ")]
    [InlineData("training: {evaluate_every: 5}", "r.yaml:6:28: training.evaluate_every: nothing is held out")]
    [InlineData("model2: {}", "r.yaml:6:1: unknown key 'model2' at the top level; did you mean 'model'?")]
    public void A_value_out_of_range_has_the_place_of_the_value(string line, string expected) => Refusal($"{Minimal}\n{line}\n").ShouldStartWith(expected);
}
