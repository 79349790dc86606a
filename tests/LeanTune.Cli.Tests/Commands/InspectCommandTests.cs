using System.Text;
using LeanTune.Checkpoints;
using LeanTune.Cli.Tests.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Cli.Tests.Commands;

public class InspectCommandTests
{
    [Fact]
    public void A_checkpoint_shows_its_configuration_and_one_line_for_equal_layers()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("config.json"), """{"model_type": "llama", "hidden_size": 4, "unknown_key": 1}""");
        WriteTensors(folder.File("model.safetensors"), ("layers.0.w", [4, 2]), ("layers.1.w", [4, 2]), ("layers.2.w", [4, 3]), ("head", [5]));

        string output = ToolRun.Of("inspect", folder.Path).Output;

        output.ShouldContain("model_type   llama");
        output.ShouldNotContain("unknown_key");
        Row(output, "layers.*.w").ShouldBe(["F32", "4×2", "64", "B", "2"]);
        Row(output, "layers.2.w").ShouldBe(["F32", "4×3", "48", "B", "1"]);
        Row(output, "head").ShouldBe(["F32", "5", "20", "B", "1"]);
        output.ShouldContain("4 tensors, 33 numbers, 132 B");
        Row(ToolRun.Of("inspect", folder.Path, "--all").Output, "layers.1.w").ShouldBe(["F32", "4×2", "32", "B", "1"]);
    }

    [Fact]
    public void An_adapter_shows_its_configuration_and_the_norms_of_both_sides()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("adapter_config.json"), """{"peft_type": "LORA", "r": 2, "target_modules": ["q_proj"], "rank_pattern": {}}""");
        WriteTensors(folder.File("adapter_model.safetensors"),
            ("base_model.model.layers.0.q_proj.lora_A.weight", [2, 8]), ("base_model.model.layers.0.q_proj.lora_B.weight", [2, 2]));

        string output = ToolRun.Of("inspect", folder.Path).Output;

        output.ShouldContain("target_modules  q_proj");
        output.ShouldNotContain("rank_pattern");
        Row(output, "q_proj").ShouldBe(["1", "4.0000", "2.0000"]); // norms of 16 and of 4 ones
    }

    [Fact]
    public void A_recipe_shows_every_option_even_when_its_paths_lead_nowhere()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("r.yaml"), RecipeText.Minimal);

        ToolRun run = ToolRun.Of("inspect", folder.File("r.yaml"), "--set", "adapter.rank=5");

        run.Output.ShouldContain("  rank: 5\n");
        run.Output.ShouldContain("  learning_rate: 0.0002\n");
        run.Code.ShouldBe(ExitCode.Usage);
        run.Error.ShouldContain("model.path: folder not found");
    }

    [Fact]
    public void What_cannot_be_inspected_is_a_clear_error()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("model.safetensors"), Encoding.ASCII.GetBytes("nonsense"));
        File.WriteAllText(folder.File("notes.txt"), "x");
        Directory.CreateDirectory(folder.File("empty"));

        ToolRun.Of("inspect", folder.File("modle.safetensors")).Error.ShouldContain($"did you mean '{folder.File("model.safetensors")}'?");
        ToolRun.Of("inspect", folder.File("notes.txt")).Error.ShouldContain("expected a model folder");
        ToolRun.Of("inspect", folder.File("empty")).Error.ShouldContain("config.json");
        ToolRun broken = ToolRun.Of("inspect", folder.File("model.safetensors"));
        broken.Code.ShouldBe(ExitCode.Failed);
        broken.Error.Trim().Split('\n').Length.ShouldBe(1);
        broken.Error.ShouldContain("model.safetensors");
    }

    private static void WriteTensors(string path, params (string Name, long[] Shape)[] tensors)
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(path, tensors.Select(item => KeyValuePair.Create(item.Name, ones(item.Shape))));
    }

    // The cells of the last line that starts with a name.
    private static string[] Row(string output, string name) =>
        output.Split('\n').Last(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];
}
