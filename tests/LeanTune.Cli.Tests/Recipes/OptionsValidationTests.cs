using static LeanTune.Cli.Tests.Recipes.RecipeText;

namespace LeanTune.Cli.Tests.Recipes;

/// <summary>The library's own validation, reached as users reach it: each line sets one bad value.</summary>
public class OptionsValidationTests
{
    [Theory]
    [InlineData("model.path=\"\"", "model.path: expected a value")]
    [InlineData("model.hub_id=\" \"", "model.hub_id: expected a value")]
    [InlineData("model.start=random", "model.start: random weights can only be trained whole")]
    [InlineData("data.validation_share=1", "data.validation_share: expected a share from 0 to below 1; found 1")]
    [InlineData("data.validation_share=-0.1", "data.validation_share: expected a share from 0 to below 1; found -0.1")]
    [InlineData("data.max_length=1", "data.max_length: expected at least 2 tokens")]
    [InlineData("training.batch_tokens=100", "training.batch_tokens: expected at least data.max_length, 512, so that the longest example fits; found 100")]
    [InlineData("data.new_tokens=['<|a|>', '']", "data.new_tokens: expected a value; found an empty text")]
    [InlineData("data.new_tokens=['<|a|>', '  ']", "data.new_tokens: expected a value; found an empty text")]
    [InlineData("data.new_tokens=[' <|a|>']", "data.new_tokens: expected tokens without blanks around them; found ' <|a|>'")]
    [InlineData("data.new_tokens=[<|a|>, <|b|>, <|a|>]", "data.new_tokens: '<|a|>' is there twice")]
    [InlineData("data.max_validation_examples=0", "data.max_validation_examples: expected at least 1")]
    [InlineData("adapter.alpha=0", "adapter.alpha: expected a number above 0; found 0")]
    [InlineData("adapter.dropout=1", "adapter.dropout: expected a share from 0 to below 1; found 1")]
    [InlineData("adapter.target_modules=[]", "adapter.target_modules: expected all-linear")]
    [InlineData("adapter.target_modules=[all-linear, lm_head]", "adapter.target_modules: all-linear already means")]
    [InlineData("activations.rank=0", "activations.rank: expected a whole number from 1 (72), a share")]
    [InlineData("activations.rank=9/8", "activations.rank: expected")]
    [InlineData("activations.rank=1/0", "activations.rank: expected")]
    [InlineData("activations.rank=-4", "activations.rank: expected")]
    [InlineData("activations.rank=d/8", "activations.rank: expected")]
    [InlineData("activations.rank=8", "activations.rank: only codec low_rank has a rank")]
    [InlineData("activations.power_iterations=1", "activations.power_iterations: only codec low_rank has power iterations")]
    [InlineData("activations={fidelity: high, codec: chain}", "activations.codec: fidelity chooses the form, and so does codec")]
    [InlineData("activations={mode: none, fidelity: high}", "activations.fidelity: mode none keeps everything as it is")]
    [InlineData("activations={mode: none, codec: chain}", "activations.codec: mode none keeps everything as it is")]
    [InlineData("activations.bits=2", "activations.bits: only codec chain has bits")]
    [InlineData("activations.bits=5", "activations.bits: expected 1, 2, 3 or 4; found 5")]
    [InlineData("activations.blocks_per_checkpoint=0", "activations.blocks_per_checkpoint: expected at least 1; found 0")]
    [InlineData("activations.tile_mib=0", "activations.tile_mib: expected at least 1; found 0")]
    [InlineData("activations.power_iterations=-1", "activations.power_iterations: expected 0 to 100; found -1")]
    [InlineData("optimizer.learning_rate=0", "optimizer.learning_rate: expected a number above 0; found 0")]
    [InlineData("optimizer.beta1=1", "optimizer.beta1: expected a number from 0 to below 1; found 1")]
    [InlineData("optimizer.beta2=-1", "optimizer.beta2: expected a number from 0 to below 1; found -1")]
    [InlineData("optimizer.epsilon=0", "optimizer.epsilon: expected a number above 0; found 0")]
    [InlineData("optimizer.weight_decay=-1", "optimizer.weight_decay: expected 0 or a number above; found -1")]
    [InlineData("optimizer.max_gradient_norm=0", "optimizer.max_gradient_norm: expected a number above 0, or null for no clipping; found 0")]
    [InlineData("schedule.warmup_steps=-1", "schedule.warmup_steps: expected 0 or more; found -1")]
    [InlineData("schedule.final_share=2", "schedule.final_share: expected a share from 0 to 1; found 2")]
    [InlineData("training.steps=0", "training.steps: expected at least 1, or null to count by epochs; found 0")]
    [InlineData("training.epochs=0", "training.epochs: expected a number above 0; found 0")]
    [InlineData("training.batch_size=0", "training.batch_size: expected at least 1; found 0")]
    [InlineData("training.gradient_accumulation=0", "training.gradient_accumulation: expected at least 1; found 0")]
    [InlineData("training.evaluate_every=-1", "training.evaluate_every: expected 0 or more steps; found -1")]
    [InlineData("training.save_every=-1", "training.save_every: expected 0 or more steps; found -1")]
    [InlineData("training.threads=-1", "training.threads: expected 0 for libtorch's choice, or 1 to 4096; found -1")]
    [InlineData("sample={prompt: ''}", "sample.prompt: expected a text to continue")]
    [InlineData("sample={prompt: []}", "sample.prompt: expected a text to continue")]
    [InlineData("sample={prompt: [a, '']}", "sample.prompt: expected a text to continue")]
    [InlineData("sample={prompt: x, every: -1}", "sample.every: expected 0 or more; found -1")]
    [InlineData("sample={prompt: x, max_new_tokens: 0}", "sample.max_new_tokens: expected at least 1; found 0")]
    [InlineData("sample={prompt: x, temperature: -1}", "sample.temperature: expected 0 or a number above; found -1")]
    [InlineData("sample={prompt: x, top_p: 0}", "sample.top_p: expected a share above 0 and at most 1; found 0")]
    public void A_value_out_of_range_is_refused(string assignment, string expected) =>
        Refusal(Minimal, assignment).ShouldStartWith($"--set {assignment}: {expected}");

    [Fact]
    public void Settings_that_contradict_each_other_are_refused()
    {
        Refusal(Minimal, "data.validation=a", "data.validation_share=0.1").ShouldContain("not from both");
        Refusal(Minimal, "adapter.method=full", "model.dtype=bf16").ShouldContain("model.dtype: all weights are trained in fp32");
        Refusal(Minimal, "adapter.method=full", "adapter.continue_from=x").ShouldContain("adapter.continue_from: ");
        Refusal(Minimal, "training.steps=5", "schedule.warmup_steps=6").ShouldContain("the warm-up is longer than the run of 5 steps; found 6");
        Refusal(Minimal, "training.evaluate_every=5").ShouldContain("nothing is held out to evaluate on");
        Bind(Minimal, "adapter.method=full", "model.start=random", "training.evaluate_every=5", "data.validation=x", "training.steps=5", "schedule.warmup_steps=5");
    }
}
