using System.Text.Json;
using LeanTune.Adapters.Peft;
using LeanTune.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Adapters.Peft;

public class PeftFolderTests
{
    public static TheoryData<string> Folders => AdapterFixtures.Folders;

    [Theory, MemberData(nameof(Folders))]
    public void Reading_and_writing_gives_PEFTs_tensors_again(string name)
    {
        using TemporaryFolder target = new();
        using PeftAdapter adapter = PeftFolder.Read(AdapterFixtures.Folder(name));
        PeftFolder.Write(target.Path, adapter.Config, adapter.Factors);

        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(AdapterFixtures.Folder(name), "adapter_model.safetensors"));
        using SafetensorsFile actual = SafetensorsFile.Open(target.File("adapter_model.safetensors"));
        actual.Names.ShouldBe(expected.Names, ignoreOrder: true);
        actual.Metadata["format"].ShouldBe("pt");
        foreach (string key in expected.Names)
        {
            actual.Info(key).StoredAs.ShouldBe("F32");
            using Tensor wanted = expected.Read(key, ScalarType.Float32), got = actual.Read(key);
            got.shape.ShouldBe(wanted.shape);
            AdapterFixtures.Same(got, wanted).ShouldBeTrue(key);
        }
    }

    [Theory, MemberData(nameof(Folders))]
    public void The_written_configuration_holds_PEFTs_values(string name)
    {
        using TemporaryFolder target = new();
        using PeftAdapter adapter = PeftFolder.Read(AdapterFixtures.Folder(name));
        adapter.IgnoredKeys.ShouldBeEmpty();
        PeftFolder.Write(target.Path, adapter.Config, adapter.Factors);

        JsonElement expected = AdapterFixtures.Json($"{name}/adapter_config.json");
        JsonElement actual = JsonDocument.Parse(File.ReadAllText(target.File("adapter_config.json"))).RootElement;
        string[] keys = [.. actual.EnumerateObject().Select(property => property.Name)];
        keys.ShouldBe(keys.Order(StringComparer.Ordinal)); // as PEFT sorts them
        foreach (JsonProperty property in actual.EnumerateObject())
        {
            // The loading class that PEFT notes where no task was given belongs to transformers' Python classes.
            if (property.Name == "auto_mapping") continue;
            JsonElement wanted = expected.GetProperty(property.Name);
            if (property.Name is "target_modules" or "exclude_modules" && wanted.ValueKind == JsonValueKind.Array) // sets in PEFT: stored in no order
                Strings(property.Value).ShouldBe(Strings(wanted).Order(StringComparer.Ordinal));
            else
                JsonElement.DeepEquals(property.Value, wanted).ShouldBeTrue($"{property.Name}: {property.Value.GetRawText()} for {wanted.GetRawText()}");
        }
    }

    [Fact]
    public void Only_keys_that_old_and_new_versions_of_PEFT_read_are_written()
    {
        string[] keys = [.. JsonDocument.Parse(new LoraConfig { TargetModules = TargetModules.List("q_proj") }.ToJson()).RootElement.EnumerateObject().Select(property => property.Name)];
        keys.ShouldBe(
        [
            "alpha_pattern", "auto_mapping", "base_model_name_or_path", "bias", "fan_in_fan_out", "inference_mode", "init_lora_weights", "layers_pattern",
            "layers_to_transform", "lora_alpha", "lora_dropout", "modules_to_save", "peft_type", "r", "rank_pattern", "revision", "target_modules", "task_type",
            "use_dora", "use_rslora",
        ]);
    }

    [Theory]
    [InlineData("lora_file_bf16", ScalarType.BFloat16)]
    [InlineData("lora_file_fp16", ScalarType.Float16)]
    [InlineData("lora", ScalarType.Float32)]
    public void Reading_keeps_the_files_data_type(string name, ScalarType dtype)
    {
        using PeftAdapter adapter = PeftFolder.Read(AdapterFixtures.Folder(name));
        adapter.Factors.ShouldAllBe(factors => factors.A.dtype == dtype && factors.B.dtype == dtype && !factors.A.requires_grad);
    }

    [Fact]
    public void Factors_survive_the_callers_dispose_scope()
    {
        PeftAdapter adapter;
        using (NewDisposeScope()) adapter = PeftFolder.Read(AdapterFixtures.Folder("lora"));
        using (adapter) adapter.Factors[0].A.IsInvalid.ShouldBeFalse();
        adapter.Factors[0].A.IsInvalid.ShouldBeTrue("the adapter owned it");
    }

    [Fact]
    public void Writing_over_an_adapter_replaces_both_files_and_leaves_the_rest()
    {
        using TemporaryFolder target = new();
        File.WriteAllText(target.File("README.md"), "kept");
        using PeftAdapter first = PeftFolder.Read(AdapterFixtures.Folder("lora"));
        PeftFolder.Write(target.Path, first.Config, first.Factors);
        using PeftAdapter second = PeftFolder.Read(AdapterFixtures.Folder("rslora"));
        PeftFolder.Write(target.Path, second.Config, second.Factors);

        using PeftAdapter read = PeftFolder.Read(target.Path);
        read.Config.Rank.ShouldBe(5);
        read.Config.UseRslora.ShouldBeTrue();
        Directory.GetFiles(target.Path).Select(Path.GetFileName).ShouldBe(["README.md", "adapter_config.json", "adapter_model.safetensors"], ignoreOrder: true);
    }

    [Fact]
    public void A_write_that_fails_leaves_the_earlier_adapter_as_it_was()
    {
        using TemporaryFolder target = new();
        using PeftAdapter first = PeftFolder.Read(AdapterFixtures.Folder("lora"));
        PeftFolder.Write(target.Path, first.Config, first.Factors);
        byte[] tensors = File.ReadAllBytes(target.File("adapter_model.safetensors"));
        using PeftAdapter second = PeftFolder.Read(AdapterFixtures.Folder("rslora"));
        second.Factors[^1].B.Dispose(); // fails after the checks, in the middle of the tensors
        Should.Throw<Exception>(() => PeftFolder.Write(target.Path, second.Config, second.Factors));

        File.ReadAllBytes(target.File("adapter_model.safetensors")).ShouldBe(tensors);
        PeftFolder.Read(target.Path).Dispose();
        Directory.GetFiles(target.Path).Length.ShouldBe(2, "nothing half written stays");
    }

    [Fact]
    public void A_full_disk_names_the_adapter_that_could_not_be_written()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        using TemporaryFolder target = new();
        using PeftAdapter adapter = PeftFolder.Read(AdapterFixtures.Folder("lora"));
        string path = target.File("adapter_model.safetensors");
        File.CreateSymbolicLink(path + AtomicFile.PartialSuffix, "/dev/full");
        IOException error = Should.Throw<IOException>(() => PeftFolder.Write(target.Path, adapter.Config, adapter.Factors));
        error.Message.ShouldStartWith($"Cannot write '{path}': ");
        error.Message.ShouldContain("No space left on device");
        error.Message.ShouldNotContain(AtomicFile.PartialSuffix);
        Directory.EnumerateFileSystemEntries(target.Path).ShouldBeEmpty();
    }

    [Fact]
    public void A_rename_that_fails_puts_the_earlier_configuration_back()
    {
        using TemporaryFolder target = new();
        File.WriteAllText(target.File("adapter_config.json"), "earlier");
        Directory.CreateDirectory(target.File("adapter_model.safetensors/in the way"));
        using PeftAdapter adapter = PeftFolder.Read(AdapterFixtures.Folder("lora"));
        Should.Throw<Exception>(() => PeftFolder.Write(target.Path, adapter.Config, adapter.Factors)).ShouldBeAssignableTo<SystemException>();
        File.ReadAllText(target.File("adapter_config.json")).ShouldBe("earlier");
        Directory.GetFiles(target.Path).Length.ShouldBe(1, "nothing half written stays");
    }

    [Fact]
    public void Overlapping_patterns_are_written_so_that_PEFT_may_sort_them()
    {
        LoraConfig config = new()
        {
            TargetModules = TargetModules.List("q_proj"),
            RankPattern = [new("q_proj", 2), new("layers.0.self_attn.q_proj", 3)],
            AlphaPattern = [new("q_proj", 7), new(".*1.*", 5)],
        };
        string[] modules = ["model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.q_proj"];
        using TemporaryFolder target = new();
        using DisposeScope scope = NewDisposeScope();
        PeftFolder.Write(target.Path, config, [.. modules.Select(module => LoraInit.Draw(module, config.RankOf(module), 6, 4, seed: 1))]);

        using PeftAdapter read = PeftFolder.Read(target.Path);
        Sorted(config).RankOf(modules[0]).ShouldNotBe(config.RankOf(modules[0]), "or there would be nothing to show");
        foreach (LoraConfig written in (LoraConfig[])[read.Config, Sorted(read.Config)])
        {
            modules.Select(written.RankOf).ShouldBe([2, 2]);
            modules.Select(written.AlphaOf).ShouldBe([7, 7]);
        }

        static LoraConfig Sorted(LoraConfig config) => config with
        {
            RankPattern = [.. config.RankPattern.OrderBy(pair => pair.Key, StringComparer.Ordinal)],
            AlphaPattern = [.. config.AlphaPattern.OrderBy(pair => pair.Key, StringComparer.Ordinal)],
        };
    }

    [Fact]
    public void What_a_reader_would_leave_out_is_not_written()
    {
        using TemporaryFolder target = new();
        using DisposeScope scope = NewDisposeScope();
        LoraConfig config = new() { Rank = 2, TargetModules = TargetModules.List("q_proj") };
        LoraFactors key = LoraInit.Draw("model.layers.0.self_attn.k_proj", 2, 6, 4, seed: 1);
        LoraFactors wide = LoraInit.Draw("model.layers.0.self_attn.q_proj", 3, 6, 4, seed: 1);
        Should.Throw<AdapterException>(() => PeftFolder.Write(target.Path, config, [key])).Message.ShouldContain("does not select 'model.layers.0.self_attn.k_proj'");
        Should.Throw<AdapterException>(() => PeftFolder.Write(target.Path, config, [wide])).Message.ShouldContain("(3, 6); expected (2, in)");
        Should.Throw<AdapterException>(() => PeftFolder.Write(target.Path, config, []));
        Directory.GetFiles(target.Path).ShouldBeEmpty();
    }

    private static IEnumerable<string> Strings(JsonElement array) => array.EnumerateArray().Select(entry => entry.GetString()!);
}
