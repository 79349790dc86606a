using LeanTune.Checkpoints;

namespace LeanTune.Cli.Tests.Commands;

public class ImportCommandTests
{
    [Fact]
    public void A_wrong_type_is_a_usage_error()
    {
        ToolRun run = ToolRun.Of("import", "a.gguf", "b", "--dtype", "bf61");

        run.Code.ShouldBe(ExitCode.Usage);
        run.Error.ShouldStartWith("leantune: --dtype: expected one of fp32, bf16, fp16; found 'bf61'; did you mean 'bf16'?");
    }

    [Fact]
    public void A_missing_file_is_one_clear_line()
    {
        ToolRun run = ToolRun.Of("import", "/nowhere/a.gguf", "b");

        run.Code.ShouldBe(ExitCode.Failed);
        run.Error.ShouldStartWith("leantune: File not found: '/nowhere/a.gguf'");
        run.Error.Trim().Split('\n').Length.ShouldBe(1);
    }

    [Fact]
    public void A_real_file_becomes_a_model_folder_that_can_be_inspected()
    {
        string gguf = Repository.SharedOrSkip("models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf");
        using TemporaryFolder folder = new();

        ToolRun run = ToolRun.Of("import", gguf, folder.File("model"), "--dtype", "bf16");

        run.Code.ShouldBe(ExitCode.Done, run.Error);
        run.Output.ShouldContain("weights: 272 tensors");
        run.Output.ShouldContain($"inspect {folder.File("model")}");
        using HubFolder model = HubFolder.Open(folder.File("model"));
        model.Tensors.Names.Count.ShouldBe(272);
        ToolRun.Of("inspect", folder.File("model")).Output.ShouldContain("272 tensors, 134 515 008 numbers, 269 MB (BF16 269 MB;");
        ToolRun.Of("inspect", gguf).Output.ShouldContain("272 tensors, 134 515 008 numbers");
    }
}
