using System.Text.Json;

namespace LeanTune.Cli.Tests.Commands;

public class EstimateCommandTests
{
    private const string TinyLlama = "width=2048,feed=5632,blocks=22,heads=32,kv=4,vocab=32000";

    [Fact]
    public void Shapes_give_a_table_by_part_and_mode()
    {
        ToolRun run = ToolRun.Of("estimate", TinyLlama, "--dtype", "bf16", "--tokens", "2048");
        run.Code.ShouldBe(ExitCode.Done);
        run.Error.ShouldBeEmpty();
        run.Output.ShouldContain("1.10 B parameters, 6.31 M trained"); // 22 × 8 × (2·(2048+2048) + 2·(2048+256) + 3·(2048+5632))
        foreach (string word in new[] { "weights", "adapters", "optimizer", "kept activations", "none", "ops", "sublayer", "layer", "checkpointing", "at least", "expected", "at most" })
            run.Output.ShouldContain(word);
    }

    [Fact]
    public void Json_holds_bytes_that_add_up()
    {
        ToolRun run = ToolRun.Of("estimate", TinyLlama, "--dtype", "fp32", "--json");
        using JsonDocument json = JsonDocument.Parse(run.Output);
        JsonElement layer = json.RootElement.GetProperty("modes").GetProperty("layer");
        layer.GetProperty("parts").EnumerateObject().Sum(part => part.Value.GetInt64()).ShouldBe(layer.GetProperty("expected_bytes").GetInt64());
        // 32000·2048 twice, and 22 blocks of 2·2048² + 2·2048·256 + 3·2048·5632 + 2·2048 numbers, and the last norm
        layer.GetProperty("parts").GetProperty("weights").GetInt64().ShouldBe(4L * ((2 * 32000L * 2048) + (22L * ((2 * 2048L * 2048) + (2 * 2048 * 256) + (3 * 2048L * 5632) + 4096)) + 2048));
        layer.GetProperty("low_bytes").GetInt64().ShouldBeLessThan(layer.GetProperty("high_bytes").GetInt64());
        long Peak(string mode) => json.RootElement.GetProperty("modes").GetProperty(mode).GetProperty("activation_peak_bytes").GetInt64();
        Peak("none").ShouldBeGreaterThan(Peak("ops"));
        Peak("ops").ShouldBeGreaterThan(Peak("checkpointing"));
        Peak("checkpointing").ShouldBeGreaterThan(Peak("layer"));
    }

    [Fact]
    public void A_folder_or_its_config_is_read_without_weights()
    {
        using TemporaryFolder folder = new();
        TinyModel.Prepare(folder);
        string byFolder = ToolRun.Of("estimate", folder.File("base")).Output;
        byFolder.ShouldContain("at most");
        ToolRun.Of("estimate", folder.File("base/config.json")).Output.ShouldBe(byFolder);
        ToolRun.Of("estimate", folder.File("base"), "--tokens", "4096").Output.ShouldContain("beyond the 128");
    }

    [Theory]
    [InlineData("width=2048", "feed, blocks, heads, kv, vocab are missing")]
    [InlineData("widht=2048", "did you mean 'width'")]
    [InlineData("width=x", "whole number")]
    [InlineData("width=64,feed=64,blocks=2,heads=4,kv=3,vocab=9", "multiple of kv")]
    [InlineData("no/such/folder", "no such folder")]
    public void What_cannot_be_read_is_a_usage_error(string model, string said)
    {
        ToolRun run = ToolRun.Of("estimate", model);
        run.Code.ShouldBe(ExitCode.Usage);
        run.Error.ShouldContain(said);
    }

    [Fact]
    public void A_plan_is_made_from_a_recipe_without_its_weights()
    {
        using TemporaryFolder folder = new();
        TinyModel.Prepare(folder);
        ToolRun run = ToolRun.Of("plan", folder.File("pretrain.yaml"), "--memory", "100%");
        run.Error.ShouldNotContain("leantune:");
        run.Code.ShouldBe(ExitCode.Done);
        run.Output.ShouldContain("Chosen, block by block:");
        run.Output.ShouldContain("What memory buys");
        ToolRun none = ToolRun.Of("plan", folder.File("pretrain.yaml"), "--memory", "1MiB");
        none.Code.ShouldBe(ExitCode.Memory);
        none.Output.ShouldContain("Nothing fits: the least is");
        none.Output.ShouldContain("What would help:");
        ToolRun.Of("plan", folder.File("pretrain.yaml"), "--memory", "lots").Error.ShouldContain("6GiB");
    }
}
