using System.Text.Json;
using CsCheck;
using LeanTune.Adapters.Peft;

namespace LeanTune.Tests.Adapters.Peft;

public class AdapterPlanTests
{
    private static readonly string[] Linears = AdapterFixtures.LinearNames("lora");

    public static TheoryData<string> Folders => AdapterFixtures.Folders;

    [Theory, MemberData(nameof(Folders))]
    public void A_configuration_selects_the_modules_that_PEFT_adapted(string name)
    {
        using PeftAdapter adapter = PeftFolder.Read(AdapterFixtures.Folder(name));
        (string modelType, (string Name, long Out, long In)[] linears) = AdapterFixtures.Base(name);
        AdapterPlan plan = adapter.MatchModel(linears, modelType);

        plan.Modules.Select(module => module.Module).ShouldBe(AdapterFixtures.StoredModules(name), ignoreOrder: true);
        plan.Warnings.ShouldBeEmpty();
        foreach (AdaptedModule module in plan.Modules)
            ((long)module.Rank).ShouldBe(adapter.Factors.Single(factors => factors.Module == module.Module).A.shape[0]);
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("lora_patterns")]
    [InlineData("rslora")]
    [InlineData("lora_all_linear")]
    public void The_scale_is_the_one_PEFT_merged_with(string name)
    {
        using PeftAdapter adapter = PeftFolder.Read(AdapterFixtures.Folder(name));
        foreach (JsonProperty merged in AdapterFixtures.Json("merged_scales.json").GetProperty(name).EnumerateObject())
            adapter.Config.ScaleOf(merged.Name).ShouldBe(merged.Value.GetDouble(), 1e-6, merged.Name);
    }

    [Fact]
    public void No_targets_mean_PEFTs_default_for_the_family()
    {
        AdapterPlan plan = AdapterPlan.Match(new LoraConfig(), Linears, "llama");
        plan.Modules.Select(module => module.Module).ShouldBe(AdapterFixtures.StoredModules("lora_default_targets"), ignoreOrder: true);
        plan.Config.TargetModules!.Names.ShouldBe(["q_proj", "v_proj"]);
        Should.Throw<AdapterException>(() => AdapterPlan.Match(new LoraConfig(), Linears, "smollm3")).Message.ShouldContain("no default for the model type 'smollm3'");
    }

    [Fact]
    public void All_linear_takes_the_blocks_and_not_the_head_and_is_spelt_out()
    {
        Linears.ShouldContain("lm_head");
        AdapterPlan plan = AdapterPlan.Match(new LoraConfig { TargetModules = TargetModules.AllLinear }, Linears, "llama");
        plan.Modules.Select(module => module.Module).ShouldBe(AdapterFixtures.StoredModules("lora_all_linear"), ignoreOrder: true);
        plan.Config.TargetModules!.Names.ShouldBe(["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"], ignoreOrder: true);
    }

    [Fact]
    public void All_linear_is_spelt_out_in_full_where_endings_would_match_more()
    {
        AdapterPlan plan = AdapterPlan.Match(new LoraConfig { TargetModules = TargetModules.AllLinear }, ["tower.proj", "layers.0.proj", "layers.1.proj"], "llama");
        plan.Config.TargetModules!.Names.ShouldBe(["layers.0.proj", "layers.1.proj"]);
    }

    [Fact]
    public void All_linear_on_SmolLM2_is_what_PEFT_stored_for_it()
    {
        using PeftAdapter adapter = PeftFolder.Read(Repository.SharedOrSkip("golden/smollm2/finetune-gsm8k/fp32/adapter"));
        (string Name, long Out, long In)[] block =
        [
            ("self_attn.q_proj", 576, 576), ("self_attn.k_proj", 192, 576), ("self_attn.v_proj", 192, 576), ("self_attn.o_proj", 576, 576),
            ("mlp.gate_proj", 1536, 576), ("mlp.up_proj", 1536, 576), ("mlp.down_proj", 576, 1536),
        ];
        (string Name, long Out, long In)[] linears =
            [.. Enumerable.Range(0, 30).SelectMany(layer => block.Select(linear => linear with { Name = $"model.layers.{layer}.{linear.Name}" })), ("lm_head", 49152, 576)];
        adapter.MatchModel(linears, "llama").Modules.Count.ShouldBe(210);
        AdapterPlan plan = AdapterPlan.Match(adapter.Config with { TargetModules = TargetModules.AllLinear }, [.. linears.Select(linear => linear.Name)], "llama");
        plan.Config.ToJson().ShouldBe(adapter.Config.ToJson());
    }

    [Fact]
    public void An_entry_matches_whole_components_only() =>
        AdapterPlan.Match(new LoraConfig { TargetModules = TargetModules.List("proj", "b.q_proj") }, ["a.q_proj", "b.q_proj", "xb.q_proj", "c.proj", "proj"], "llama")
            .Modules.Select(module => module.Module).ShouldBe(["b.q_proj", "c.proj", "proj"]);

    [Fact]
    public void A_regular_expression_matches_the_whole_name() =>
        AdapterPlan.Match(new LoraConfig { TargetModules = TargetModules.Regex("a|ab|(?P<x>c){,2}") }, ["a", "ab", "abc", "cc", "ccc", "xa"], "llama")
            .Modules.Select(module => module.Module).ShouldBe(["a", "ab", "cc"]);

    [Theory]
    [InlineData(null, "m.layers.0.x.h.1.q", "m.h.1.q", "layers.0.q")]
    [InlineData("layers", "m.layers.1.x.h.0.q", "layers.0.q")]
    [InlineData("h", "m.layers.0.x.h.1.q", "m.h.1.q", "layers.0.q")]
    public void Layers_are_counted_at_the_component_that_the_pattern_names(string? pattern, params string[] expected)
    {
        // As in PEFT: without a pattern the last numbered component counts, a component must stand before it, and a name given in full is not restricted.
        LoraConfig config = new() { TargetModules = TargetModules.List("q", "layers.0.q"), LayersToTransform = [1], LayersPattern = pattern is null ? null : [pattern] };
        string[] linears = ["m.layers.1.x.h.0.q", "m.layers.0.x.h.1.q", "m.h.1.q", "layers.0.q", "layers.1.q"];
        AdapterPlan.Match(config, linears, "llama").Modules.Select(module => module.Module).ShouldBe(expected);
    }

    [Fact]
    public void Matching_nothing_names_the_entries_and_what_is_near()
    {
        string message = Should.Throw<AdapterException>(() => AdapterPlan.Match(new LoraConfig { TargetModules = TargetModules.List("q_porj", "self_atn.v_proj") }, Linears, "llama")).Message;
        message.ShouldContain("'q_porj', did you mean 'q_proj'");
        message.ShouldContain("'self_atn.v_proj', did you mean 'self_attn.v_proj'");
        Should.Throw<AdapterException>(() => AdapterPlan.Match(new LoraConfig { TargetModules = TargetModules.Regex(@"layers\.\d+") }, Linears, "llama")).Message.ShouldContain("q_proj");
    }

    [Fact]
    public void What_matches_nothing_beside_what_does_is_reported()
    {
        LoraConfig config = new()
        {
            TargetModules = TargetModules.List("q_proj", "gate_porj"),
            ExcludeModules = TargetModules.List("layers.0.self_attn.q_proj", "k_proj"),
            LayersToTransform = [1, 9],
            RankPattern = [new("q_proj", 2), new("v_proj", 3)],
            AlphaPattern = [new("o_proj", 3)],
        };
        AdapterPlan plan = AdapterPlan.Match(config, Linears, "llama");
        plan.Modules.Single().ShouldBe(new AdaptedModule("model.layers.1.self_attn.q_proj", 2, 8, 4));
        plan.Warnings.Count.ShouldBe(5);
        string[] named = ["'gate_porj' matches no linear layer, did you mean 'gate_proj'?", "'k_proj' leaves out nothing", "layer 9", "rank_pattern: 'v_proj'", "alpha_pattern: 'o_proj'"];
        foreach ((string warning, string part) in plan.Warnings.Zip(named)) warning.ShouldContain(part);
    }

    [Fact]
    public void Leaving_nothing_over_is_an_error()
    {
        LoraConfig query = new() { TargetModules = TargetModules.List("q_proj") };
        Should.Throw<AdapterException>(() => AdapterPlan.Match(query with { ExcludeModules = TargetModules.List("q_proj") }, Linears, "llama")).Message.ShouldContain("exclude_modules");
        Should.Throw<AdapterException>(() => AdapterPlan.Match(query with { LayersToTransform = [7] }, Linears, "llama")).Message.ShouldContain("there are layers 0, 1");
        Should.Throw<AdapterException>(() => AdapterPlan.Match(query with { LayersPattern = ["layers"] }, Linears, "llama")).Message.ShouldContain("layers_to_transform");
        Should.Throw<AdapterException>(() => AdapterPlan.Match(new LoraConfig { TargetModules = TargetModules.Regex(".*"), LayersToTransform = [1] }, Linears, "llama"))
            .Message.ShouldContain("as a list");
    }

    [Fact]
    public void A_recipes_list_is_all_linear_alone_an_expression_alone_or_names()
    {
        TargetModules.Parse(["all-linear"]).IsAllLinear.ShouldBeTrue();
        TargetModules.Parse([@".*\.q_proj"]).Pattern.ShouldBe(@".*\.q_proj");
        TargetModules.Parse(["q_proj", "mlp.up_proj"]).Names.ShouldBe(["q_proj", "mlp.up_proj"]);
        foreach (string[] wrong in (string[][])[[], [""], ["all-linear", "q_proj"], ["q_proj", ".*"], ["(q_proj"]])
            Should.Throw<AdapterException>(() => TargetModules.Parse(wrong));
    }

    [Fact]
    public void An_expression_that_explodes_ends_with_an_error() =>
        Should.Throw<AdapterException>(() => TargetModules.Regex("(a+)+b").Matches(new string('a', 60))).Message.ShouldContain("takes more than 1 s");

    [Fact]
    public void The_list_rule_is_that_of_splitting_at_dots() =>
        Gen.Select(Gen.String[Gen.Char["ab."], 0, 8], Gen.String[Gen.Char["ab."], 1, 4]).Sample((module, entry) =>
        {
            string[] parts = module.Split('.'), wanted = entry.Split('.');
            bool expected = parts.Length >= wanted.Length && parts.TakeLast(wanted.Length).SequenceEqual(wanted);
            return TargetModules.List(entry).Matches(module) == expected;
        });
}
