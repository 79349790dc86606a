using LeanTune.Adapters.Peft;
using LeanTune.Checkpoints;

namespace LeanTune.Tests.Adapters.Peft;

public class LoraConfigTests
{
    [Theory]
    [InlineData("adalora", "peft_type")]
    [InlineData("loha", "peft_type")]
    [InlineData("dora", "use_dora")]
    [InlineData("lora_bias_all", "bias")]
    [InlineData("lora_bias_b", "lora_bias")]
    [InlineData("lora_modules_to_save", "modules_to_save")]
    [InlineData("lora_gpt2", "fan_in_fan_out")]
    [InlineData("pissa_raw", "init_lora_weights")]
    [InlineData("olora_raw", "init_lora_weights")]
    [InlineData("lora_ga_raw", "init_lora_weights")]
    [InlineData("velora", "velora_config")]
    [InlineData("qwen3_moe", "target_parameters")]
    public void What_is_not_plain_LoRA_is_refused_by_name(string name, string key)
    {
        CheckpointFormatException error = Should.Throw<CheckpointFormatException>(() => LoraConfig.Load(Path.Combine(AdapterFixtures.Folder("refused"), name, "adapter_config.json")));
        error.Place.ShouldBe(key);
        error.File.ShouldEndWith("adapter_config.json");
    }

    [Theory]
    [InlineData("""{"r": 4}""", "peft_type")]
    [InlineData("""{"peft_type": "LORA", "r": 0}""", "r must be at least 1")]
    [InlineData("""{"peft_type": "LORA", "r": 4.5}""", "whole number")]
    [InlineData("""{"peft_type": "LORA", "r": "8"}""", "whole number")]
    [InlineData("""{"peft_type": "LORA", "r": 99999999999}""", "whole number")]
    [InlineData("""{"peft_type": "LORA", "lora_alpha": true}""", "lora_alpha")]
    [InlineData("""{"peft_type": "LORA", "lora_alpha": 1e999}""", "lora_alpha")]
    [InlineData("""{"peft_type": "LORA", "lora_dropout": 1}""", "lora_dropout")]
    [InlineData("""{"peft_type": "LORA", "use_rslora": "yes"}""", "true or false")]
    [InlineData("""{"peft_type": "LORA", "target_modules": {"q": 1}}""", "target_modules")]
    [InlineData("""{"peft_type": "LORA", "target_modules": ["q", 1]}""", "target_modules")]
    [InlineData("""{"peft_type": "LORA", "target_modules": "(q"}""", "'(q' is not a regular expression")]
    [InlineData("""{"peft_type": "LORA", "rank_pattern": {"q": -1}}""", "rank_pattern")]
    [InlineData("""{"peft_type": "LORA", "rank_pattern": {"[q": 1}}""", "'[q' is not a regular expression")]
    [InlineData("""{"peft_type": "LORA", "alpha_pattern": [1]}""", "alpha_pattern")]
    [InlineData("""{"peft_type": "LORA", "target_modules": "q.*", "layers_to_transform": 1}""", "as a list")]
    [InlineData("""{"peft_type": "LORA", "use_new_maths": true}""", "use_new_maths")]
    [InlineData("""{"peft_type": "LORA", "new_config": {"size": 3}}""", "new_config")]
    [InlineData("""["LORA"]""", "JSON object")]
    [InlineData("""{"peft_type": "LORA",}""", "line 1, column")]
    [InlineData("", "not valid JSON")]
    [InlineData("""{"peft_type": "LORA", "base_model_name_or_path": "\ud800"}""", "not valid Unicode")]
    [InlineData("""{"peft_type": "LORA", "\ud800": 1}""", "not valid Unicode")]
    public void A_wrong_configuration_is_one_error_that_names_the_key(string json, string part)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("adapter_config.json"), json);
        string message = Should.Throw<CheckpointFormatException>(() => LoraConfig.Load(folder.File("adapter_config.json"))).Message;
        message.ShouldContain(part);
        message.ShouldContain("adapter_config.json");
    }

    [Fact]
    public void Absent_keys_have_PEFTs_defaults()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("adapter_config.json"), """{"peft_type": "LORA"}""");
        LoraConfig config = LoraConfig.Load(folder.File("adapter_config.json"));
        (config.Rank, config.Alpha, config.Dropout, config.UseRslora, config.TargetModules, config.TaskType).ShouldBe((8, 8.0, 0.0, false, null, null));
    }

    [Fact]
    public void Harmless_settings_are_read_and_unknown_plain_ones_listed()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("adapter_config.json"), """
            {"peft_type": "LORA", "eva_config": {"rho": 2.0}, "init_lora_weights": "eva", "layers_to_transform": 3, "layers_pattern": "h", "target_modules": ["q"],
             "lora_alpha": 2.5, "new_size": 16, "new_config": null, "new_list": [], "loftq_config": {}, "megatron_core": "megatron.core"}
            """);
        (LoraConfig config, IReadOnlyList<string> ignored) = LoraConfigReader.Load(folder.File("adapter_config.json"));
        ignored.ShouldBe(["new_size"]);
        config.LayersToTransform.ShouldBe([3]);
        config.LayersPattern.ShouldBe(["h"]);
        config.Alpha.ShouldBe(2.5);
        config.Start.ShouldBe(LoraStart.Default);
    }

    [Fact]
    public void The_first_pattern_that_matches_wins_in_the_files_order()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("adapter_config.json"), """{"peft_type": "LORA", "r": 8, "rank_pattern": {"q_proj": 2, "layers.0.self_attn.q_proj": 3, "v_pro.": 4, "proj": 5}}""");
        LoraConfig config = LoraConfig.Load(folder.File("adapter_config.json"));
        config.RankOf("model.layers.0.self_attn.q_proj").ShouldBe(2);
        config.RankOf("v_proj").ShouldBe(4);
        config.RankOf("a.v_proj").ShouldBe(4);
        config.RankOf("a.o_proj").ShouldBe(8, "'proj' is no whole component of o_proj");
        config.RankOf("a.v_proj.b").ShouldBe(8);
    }

    [Fact]
    public void Writing_and_reading_keeps_every_setting()
    {
        LoraConfig config = new()
        {
            Rank = 3,
            Alpha = 1.5,
            Dropout = 0.05,
            TargetModules = TargetModules.List("v", "q"),
            ExcludeModules = TargetModules.Regex(@".*\.0\..*"),
            LayersToTransform = [1, 2],
            LayersPattern = ["layers", "h"],
            RankPattern = [new("q", 2)],
            AlphaPattern = [new("v", 0.5)],
            UseRslora = true,
            Start = LoraStart.Gaussian,
            BaseModelNameOrPath = "org/mödel \"x\"",
            Revision = "main",
            TaskType = null,
        };
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("adapter_config.json"), config.ToJson());
        LoraConfig read = LoraConfig.Load(folder.File("adapter_config.json"));
        read.ToJson().ShouldBe(config.ToJson());
        (read.Rank, read.Alpha, read.Dropout, read.UseRslora, read.Start, read.BaseModelNameOrPath, read.Revision, read.TaskType)
            .ShouldBe((3, 1.5, 0.05, true, LoraStart.Gaussian, "org/mödel \"x\"", "main", null));
        read.TargetModules!.Names.ShouldBe(["q", "v"]);
        read.ExcludeModules!.Pattern.ShouldBe(@".*\.0\..*");
        read.LayersToTransform.ShouldBe([1, 2]);
        read.LayersPattern.ShouldBe(["layers", "h"]);
        (read.RankOf("a.q"), read.AlphaOf("a.v")).ShouldBe((2, 0.5));
    }
}
