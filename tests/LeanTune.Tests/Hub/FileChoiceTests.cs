using LeanTune.Hub;

namespace LeanTune.Tests.Hub;

/// <summary>Which files of a repository are downloaded.</summary>
public class FileChoiceTests
{
    private static readonly HubReference s_model = HubReference.Parse("o/m", HubKind.Model);
    private static readonly HubReference s_data = HubReference.Parse("o/d", HubKind.Dataset);

    [Fact]
    public void A_model_is_its_configurations_tokenizer_and_safetensors_once()
    {
        string[] names =
        [
            ".gitattributes", "README.md", "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "vocab.json", "merges.txt", "chat_template.jinja",
            "model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "consolidated.safetensors", "model.fp16-00001-of-00001.safetensors",
            "pytorch_model.bin", "original/consolidated.00.pth", "onnx/model.onnx", "model.Q4_0.gguf", "tf_model.h5", "additional_chat_templates/rag.jinja", "sub/config.json",
        ];
        string[] small = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "additional_chat_templates/rag.jinja"];
        new ModelFiles(ModelPart.Weights).Choose(s_model, names).ShouldBe([.. small, "model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]);
        new ModelFiles(ModelPart.Tokenizer).Choose(s_model, names).ShouldBe(small);
        new ModelFiles(ModelPart.Config).Choose(s_model, names).ShouldBe(["config.json"]);
        new ModelFiles(ModelPart.Weights).Choose(s_model, [.. names, "model.safetensors"]).ShouldBe([.. small, "model.safetensors"]);
    }

    [Theory]
    [InlineData("config.json tokenizer.json model.safetensors", true)]
    [InlineData("config.json tokenizer.json model.safetensors.index.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors", true)]
    [InlineData("config.json tokenizer.json model.safetensors.index.json model-00001-of-00002.safetensors", false)]
    [InlineData("config.json model.safetensors", false)]
    [InlineData("config.json tokenizer.json", false)]
    [InlineData("adapter_config.json adapter_model.safetensors", true)]
    public void What_another_program_left_is_enough_when_nothing_needed_is_absent(string names, bool enough) =>
        new ModelFiles(ModelPart.Weights).IsEnough(s_model, names.Split(' ')).ShouldBe(enough);

    [Fact]
    public void An_adapter_is_two_files() =>
        new ModelFiles(ModelPart.Weights).Choose(s_model, ["README.md", "adapter_config.json", "adapter_model.safetensors", "tokenizer.json"]).ShouldBe(["adapter_config.json", "adapter_model.safetensors"]);

    [Theory]
    [InlineData("config.json pytorch_model.bin", "no weights in safetensors; PyTorch's .bin and .pt files are not read")]
    [InlineData("README.md m.Q8_0.gguf", "leantune download o/m --file m.Q8_0.gguf, then")]
    [InlineData("README.md", "holds no config.json, so it is no model; it has 1 files, such as README.md")]
    public void What_is_no_model_says_what_to_do(string names, string said) =>
        Should.Throw<HubException>(() => new ModelFiles(ModelPart.Weights).Choose(s_model, names.Split(' '))).Message.ShouldContain(said);

    [Fact]
    public void Examples_are_data_files_and_not_what_describes_them()
    {
        string[] data = ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "extra.jsonl.gz"];
        new DatasetFiles().Choose(s_data, [.. data, "README.md", "dataset_infos.json", ".x/a.csv", "load.py", "picture.png"]).ShouldBe(data);
        DatasetFiles.Sets(data).ShouldBe(["data/train-*.parquet", "extra.jsonl.gz"]);
    }

    [Fact]
    public void Several_sets_are_not_mixed_unasked()
    {
        string[] names = ["main/test-00000-of-00001.parquet", "main/train-00000-of-00002.parquet", "main/train-00001-of-00002.parquet"];
        string message = Should.Throw<HubException>(() => new OneSetOfExamples().Choose(s_data, names)).Message;
        message.ReplaceLineEndings("\n").ShouldContain("holds 2 sets of examples; say which is meant:\n  hub:o/d/main/test-00000-of-00001.parquet\n  hub:o/d/main/train-*.parquet");
        new OneSetOfExamples().Choose(s_data with { Files = "main/train-*.parquet" }, names).ShouldBe(names[1..]);
        Should.Throw<HubException>(() => new OneSetOfExamples().Choose(s_data with { Files = "main/trian-*" }, names)).Message.ShouldContain("no file matches 'main/trian-*'");
    }

    [Theory]
    [InlineData("*.csv", "a.csv", true)]
    [InlineData("*.csv", "x/a.csv", false)]
    [InlineData("**/*.csv", "a.csv", true)]
    [InlineData("**/*.csv", "x/y/a.csv", true)]
    [InlineData("x/**", "x/y/a.csv", true)]
    [InlineData("x/**", "y/a.csv", false)]
    [InlineData("part-?.csv", "part-1.csv", true)]
    [InlineData("part-?.csv", "part-10.csv", false)]
    [InlineData("*", ".hidden", false)]
    [InlineData("**", ".hidden/a", false)]
    public void Patterns_mean_what_they_mean_on_disk(string pattern, string name, bool matches) => FilePattern.Matches(pattern, name).ShouldBe(matches);
}
