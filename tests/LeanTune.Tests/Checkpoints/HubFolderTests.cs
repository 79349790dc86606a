using LeanTune.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Checkpoints;

/// <summary>Hub folders: what is found, and what is said when something is not.</summary>
public sealed class HubFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Opens_config_generation_config_and_weights()
    {
        File.WriteAllText(_folder.File("config.json"), """{"model_type":"llama"}""");
        File.WriteAllText(_folder.File("generation_config.json"), """{"eos_token_id":[2,3]}""");
        RawSafetensors.Write(_folder, RawSafetensors.Single("U8", "[1]", 1), [9], "model.safetensors");
        using HubFolder hub = HubFolder.Open(_folder.Path + "/");
        hub.Path.ShouldBe(_folder.Path);
        hub.Config.GetProperty("model_type").GetString().ShouldBe("llama");
        hub.GenerationConfig!.Value.GetProperty("eos_token_id").GetArrayLength().ShouldBe(2);
        using Tensor x = hub.Tensors.Read("x");
        x.ToInt32().ShouldBe(9);
        Should.Throw<FileNotFoundException>(() => hub.TokenizerPath).Message.ShouldContain("no tokenizer.json");
    }

    [Fact]
    public void Reads_shards_through_their_index()
    {
        Shards("""{"metadata":{"total_size":2},"weight_map":{"x":"a.safetensors","y":"b.safetensors"}}""");
        using HubFolder hub = HubFolder.Open(_folder.Path);
        hub.GenerationConfig.ShouldBeNull();
        hub.Tensors.Names.ShouldBe(["x", "y"]);
        using Tensor y = hub.Tensors.Read("y");
        y.ToInt32().ShouldBe(4);
        hub.Tensors.Info("y").File.ShouldEndWith("b.safetensors");
    }

    [Theory]
    [InlineData("""{"weight_map":{"x":"a.safetensors","y":"c.safetensors","z":"d.safetensors"}}""", "2 of 3 shards are absent")]
    [InlineData("""{"weight_map":{"x":"a.safetensors"}}""", "", false)]
    [InlineData("""{"weight_map":{"x":"b.safetensors","y":"b.safetensors"}}""", "does not hold it")]
    [InlineData("""{"weight_map":{"y":"a.safetensors","x":"b.safetensors"}}""", "the index places it in 'b.safetensors'")]
    [InlineData("""{"weight_map":{"y":"b.safetensors","z":"b.safetensors"}}""", "does not hold it")]
    [InlineData("""{"weight_map":{"z":"b.safetensors"}}""", "does not hold it")]
    [InlineData("""{"weight_map":{"x":"../a.safetensors"}}""", "the plain name of a file")]
    [InlineData("""{"weight_map":{"x":7}}""", "the plain name of a file")]
    [InlineData("""{"weight_map":{"x":"a.safetensors","x":"b.safetensors"}}""", "occurs twice")]
    [InlineData("""{"weight_map":{}}""", "names no tensor")]
    [InlineData("""{"weight_map":[]}""", "weight_map")]
    [InlineData("""[]""", "must hold a JSON object")]
    [InlineData("{\n \"weight_map\": {,}}", "line 2, column")]
    public void Index_and_shards_must_agree(string index, string reason, bool fails = true)
    {
        Shards(index);
        using HubFolder hub = HubFolder.Open(_folder.Path);
        if (!fails)
        {
            hub.Tensors.Names.ShouldBe(["x"]);
            return;
        }

        Exception error = Should.Throw<Exception>(() => hub.Tensors);
        (error is CheckpointFormatException or FileNotFoundException).ShouldBeTrue(error.ToString());
        error.Message.ShouldContain(reason);
    }

    [Fact]
    public void What_the_index_does_not_list_is_offered_unless_it_is_there_twice()
    {
        Shards("""{"weight_map":{"x":"a.safetensors","z":"c.safetensors"}}""");
        const string header = """{"z":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"extra":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""";
        RawSafetensors.Write(_folder, header, [5, 6], "c.safetensors");
        using (HubFolder hub = HubFolder.Open(_folder.Path))
            hub.Tensors.Names.ShouldBe(["x", "z", "extra"]);
        RawSafetensors.Write(_folder, header.Replace("\"z\"", "\"x\"", StringComparison.Ordinal).Replace("extra", "z", StringComparison.Ordinal), [5, 6], "c.safetensors");
        using HubFolder doubled = HubFolder.Open(_folder.Path);
        Should.Throw<CheckpointFormatException>(() => doubled.Tensors).Message.ShouldContain("lies in 'c.safetensors', but the index places it in 'a.safetensors'");
    }

    [Fact]
    public void Says_which_folder_was_meant()
    {
        Directory.CreateDirectory(_folder.File("smollm2-135m"));
        DirectoryNotFoundException error = Should.Throw<DirectoryNotFoundException>(() => HubFolder.Open(_folder.File("smolm2-135m")));
        error.Message.ShouldBe($"Folder not found: '{_folder.File("smolm2-135m")}', did you mean 'smollm2-135m'?");
    }

    [Fact]
    public void Says_what_lacks()
    {
        File.WriteAllText(_folder.File("notes.txt"), "");
        Should.Throw<FileNotFoundException>(() => HubFolder.Open(_folder.Path)).Message.ShouldContain("has no config.json, so it is not a model folder; it holds notes.txt.");
        File.WriteAllText(_folder.File("config.json"), "{}");
        File.WriteAllText(_folder.File("pytorch_model.bin"), "");
        using HubFolder hub = HubFolder.Open(_folder.Path);
        Should.Throw<FileNotFoundException>(() => hub.Tensors).Message.ShouldContain("save the model as safetensors");
    }

    [Theory]
    [InlineData("{", "line 1, column 2")]
    [InlineData("[1]", "must hold a JSON object, holds Array")]
    public void A_broken_config_is_named(string config, string reason)
    {
        File.WriteAllText(_folder.File("config.json"), config);
        CheckpointFormatException error = Should.Throw<CheckpointFormatException>(() => HubFolder.Open(_folder.Path));
        error.Message.ShouldContain(reason);
        error.Message.ShouldContain("config.json");
    }

    [Fact]
    public void A_GGUF_file_in_place_of_a_folder_points_to_import()
    {
        File.WriteAllText(_folder.File("m.gguf"), "");
        Should.Throw<DirectoryNotFoundException>(() => HubFolder.Open(_folder.File("m.gguf"))).Message.ShouldContain("leantune import");
    }

    /// <summary>a.safetensors holds x, b.safetensors holds y.</summary>
    private void Shards(string index)
    {
        File.WriteAllText(_folder.File("config.json"), "{}");
        File.WriteAllText(_folder.File("model.safetensors.index.json"), index);
        RawSafetensors.Write(_folder, RawSafetensors.Single("U8", "[1]", 1), [3], "a.safetensors");
        RawSafetensors.Write(_folder, RawSafetensors.Single("U8", "[1]", 1).Replace("\"x\"", "\"y\"", StringComparison.Ordinal), [4], "b.safetensors");
    }
}
