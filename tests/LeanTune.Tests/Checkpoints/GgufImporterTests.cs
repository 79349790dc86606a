using System.Security.Cryptography;
using System.Text.Json;
using LeanTune.Checkpoints;
using LeanTune.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Checkpoints;

/// <summary>Imports: weights bit for bit in the hub's layout, configurations that say the same, and refusals by name.</summary>
public sealed class GgufImporterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, "sha256_fp32", "float32")]
    [InlineData(ScalarType.BFloat16, "sha256_bf16", "bfloat16")]
    public void SmolLM2_equals_its_recorded_hashes(ScalarType? dtype, string hash, string dtypeName)
    {
        string source = Repository.SharedOrSkip("models/smollm2-135m-instruct");
        List<string> report = [];
        GgufImporter.Import(Path.Combine(source, "SmolLM2-135M-Instruct.Q4_1.gguf"), _folder.File("out"), dtype, report.Add);
        using HubFolder hub = HubFolder.Open(_folder.File("out"));
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(source, "golden_tensors.json")));
        JsonElement tensors = golden.RootElement.GetProperty("tensors");
        hub.Tensors.Names.ShouldBe(tensors.EnumerateObject().Select(static entry => entry.Name), ignoreOrder: true);
        foreach (JsonProperty entry in tensors.EnumerateObject())
        {
            using Tensor tensor = hub.Tensors.Read(entry.Name);
            tensor.shape.ShouldBe([.. entry.Value.GetProperty("shape").EnumerateArray().Select(static size => size.GetInt64())]);
            Convert.ToHexStringLower(SHA256.HashData(tensor.bytes)).ShouldBe(entry.Value.GetProperty(hash).GetString(), entry.Name);
        }

        using JsonDocument reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(source, "config.json")));
        foreach (string key in (string[])["model_type", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim",
            "max_position_embeddings", "vocab_size", "tie_word_embeddings", "attention_bias", "mlp_bias", "hidden_act", "bos_token_id", "eos_token_id", "pad_token_id", "rope_parameters", "architectures"])
            JsonElement.DeepEquals(hub.Config.GetProperty(key), reference.RootElement.GetProperty(key)).ShouldBeTrue(key);
        hub.Config.GetProperty("rope_theta").GetDouble().ShouldBe(100000);
        hub.Config.GetProperty("rope_scaling").ValueKind.ShouldBe(JsonValueKind.Null);
        hub.Config.GetProperty("rms_norm_eps").GetSingle().ShouldBe(1e-5f);
        hub.Config.GetProperty("dtype").GetString().ShouldBe(dtypeName);
        hub.Config.GetProperty("torch_dtype").GetString().ShouldBe(dtypeName);

        // The tokenizer beside the GGUF file is taken as it is.
        File.ReadAllBytes(hub.TokenizerPath).SequenceEqual(File.ReadAllBytes(Path.Combine(source, "tokenizer.json"))).ShouldBeTrue();
        report.ShouldContain(line => line.StartsWith("tokenizer: copied from beside", StringComparison.Ordinal));
        report.ShouldContain($"weights: 272 tensors (1 Q8_0, 61 F32, 210 Q4_1) written as {dtypeName}");
        Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName).ShouldBe(["out"]);
    }

    [Theory]
    [InlineData("f32")]
    [InlineData("f16")]
    [InlineData("bf16")]
    [InlineData("q4_0")]
    [InlineData("q4_1")]
    [InlineData("q8_0")]
    public void Every_block_type_arrives_exactly_and_gives_the_reference_logits(string type)
    {
        GgufImporter.Import(Repository.Fixture($"checkpoints/{type}.gguf"), _folder.File("out"));
        using HubFolder hub = HubFolder.Open(_folder.File("out"));
        using SafetensorsFile golden = SafetensorsFile.Open(Repository.Fixture($"checkpoints/{type}.dequant.safetensors"));
        hub.Tensors.Names.Count.ShouldBe(12);
        Same(hub, "model.layers.0.self_attn.k_proj.weight", golden, "hf.model.layers.0.self_attn.k_proj.weight");
        Same(hub, "model.layers.0.self_attn.v_proj.weight", golden, "blk.0.attn_v.weight");
        Same(hub, "model.layers.0.mlp.down_proj.weight", golden, "blk.0.ffn_down.weight");
        Same(hub, "lm_head.weight", golden, "output.weight");
        hub.Config.GetProperty("tie_word_embeddings").GetBoolean().ShouldBeFalse();
        // Also where matrices have 16 bits: these norms are arbitrary fp32 values.
        hub.Config.GetProperty("dtype").GetString().ShouldBe("float32");

        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Decoder model = DecoderLoader.Load(hub, ScalarType.Float32);
        using Tensor ids = golden.Read("ids", ScalarType.Int64), expected = golden.Read("hf.logits");
        using ForwardPass pass = new(model.Config, ids, ScalarType.Float32);
        using Tensor hidden = model.Forward(ids, pass), logits = model.Logits(hidden).view(expected.shape);
        (logits - expected).abs().max().item<float>().ShouldBeLessThan(1e-4f);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("llama31")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    public void A_model_written_as_GGUF_comes_back_as_it_was(string family)
    {
        using HubFolder original = HubFolder.Open(Repository.Fixture($"models/{family}"));
        string path = GgufOfHub.Make(original).WithToyTokenizer(original.Config.GetProperty("vocab_size").GetInt32()).Save(_folder);
        GgufImporter.Import(path, _folder.File("out"));
        using HubFolder hub = HubFolder.Open(_folder.File("out"));
        hub.Tensors.Names.ShouldBe(original.Tensors.Names, ignoreOrder: true);
        foreach (string name in hub.Tensors.Names)
            Same(hub, name, original.Tensors, name);
        DecoderConfig expected = DecoderLoader.ReadConfig(original), actual = DecoderLoader.ReadConfig(hub);
        actual.Rotary.ShouldBe(expected.Rotary);
        actual.NormEpsilon.ShouldBe(expected.NormEpsilon);
        actual.ShouldBe(expected with { Windows = actual.Windows, Rotated = actual.Rotated, Rotary = actual.Rotary });
    }

    [Fact]
    public void Float16_refuses_weights_beyond_its_range()
    {
        string path = Tiny().With("general.name", "big").Floats("output.weight", [8, 4], [70000, .. new float[31]]).Save(_folder);
        Should.Throw<CheckpointFormatException>(() => GgufImporter.Import(path, _folder.File("out"), ScalarType.Float16)).Message.ShouldContain("beyond float16's range");
        Directory.Exists(_folder.File("out")).ShouldBeFalse();
        Directory.EnumerateFileSystemEntries(_folder.Path).Count().ShouldBe(1);
        GgufImporter.Import(path, _folder.File("out"), ScalarType.BFloat16);
    }

    [Fact]
    public void A_bf16_file_whose_norms_fit_stays_bf16()
    {
        RawGguf gguf = Metadata().WithToyTokenizer(8);
        foreach ((string name, long[] shape) in TinyTensors)
            if (shape.Length == 1)
                gguf.Floats(name, shape, [.. Enumerable.Repeat(1.5f, (int)shape[0])]);
            else
                gguf.Tensor(name, [(ulong)shape[1], (ulong)shape[0]], 30, new byte[2 * shape[0] * shape[1]]);
        GgufImporter.Import(gguf.Save(_folder), _folder.File("out"));
        using HubFolder hub = HubFolder.Open(_folder.File("out"));
        hub.Config.GetProperty("dtype").GetString().ShouldBe("bfloat16");
        hub.Tensors.Info("model.norm.weight").Dtype.ShouldBe(ScalarType.BFloat16);
    }

    [Fact]
    public void Unused_metadata_and_the_hub_id_are_named()
    {
        List<string> report = [];
        GgufImporter.Import(
            Tiny().With("general.source.repo_url", "https://huggingface.co/some/model").With("llama.strange", 3u).Save(_folder), _folder.File("out"), report: report.Add);
        report.ShouldContain("metadata not used: llama.strange");
        using HubFolder hub = HubFolder.Open(_folder.File("out"));
        hub.Config.GetProperty("_name_or_path").GetString().ShouldBe("some/model");
        hub.Config.GetProperty("tie_word_embeddings").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public void An_existing_folder_is_not_touched()
    {
        Directory.CreateDirectory(_folder.File("out"));
        File.WriteAllText(_folder.File("out/mine.txt"), "mine");
        Should.Throw<IOException>(() => GgufImporter.Import(Tiny().Save(_folder), _folder.File("out"))).Message.ShouldContain("already exists");
        Directory.EnumerateFileSystemEntries(_folder.File("out")).Count().ShouldBe(1);
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { "architecture", "'gemma2' cannot be imported yet; supported: llama, qwen2, qwen3" },
        { "adapter", "is 'adapter'; only files of type 'model'" },
        { "missing tensor", "'blk.0.attn_k.weight' is missing" },
        { "extra tensor", "'blk.1.attn_k.weight' has no place in a model of type 'llama'" },
        { "shape", "'output_norm.weight': has shape [5]; the metadata call for [4]" },
        { "k-quant", "Q6_K (1 tensors) not supported yet; supported: F32, F16, Q4_0, Q4_1, Q8_0" },
        { "experts", "'llama.expert_count': is 8" },
        { "window", "'llama.attention.sliding_window': is 16" },
        { "width as text", "'llama.embedding_length': is 'four'; expected a whole number" },
        { "no width", "'llama.embedding_length': is missing" },
        { "giant block count", "is 2000000000, but the file has 11 tensors" },
        { "rotary part", "of which 1 rotate" },
        { "scaling", "'longrope' with factor 2" },
        { "no tokenizer", "has no tokenizer" },
        { "unknown tokenizer", "'rwkv' cannot be turned into a tokenizer.json" },
        { "unknown splitter", "the pre-tokenizer 'viking' is not known" },
        { "token twice", "the token 'a' occurs twice" },
        { "merge of unknowns", "'a z' does not join two tokens" },
        { "id outside", "expected an id below 8" },
        { "types too few", "holds 1 values for 8 tokens" },
        { "more tokens than rows", "more than the 8 rows" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_cannot_be_imported_is_named_and_nothing_is_left(string what, string reason)
    {
        string path = Refused(what).Save(_folder);
        CheckpointFormatException error = Should.Throw<CheckpointFormatException>(() => GgufImporter.Import(path, _folder.File("out")), what);
        error.Message.ShouldContain(reason);
        error.Message.Length.ShouldBeLessThan(1500);
        Directory.EnumerateFileSystemEntries(_folder.Path).Count().ShouldBe(1);
    }

    private static RawGguf Refused(string what) => what switch
    {
        "architecture" => Tiny(("general.architecture", "gemma2")),
        "adapter" => Tiny().With("general.type", "adapter"),
        "missing tensor" => Tiny(without: "blk.0.attn_k.weight"),
        "extra tensor" => Tiny().Floats("blk.1.attn_k.weight", [4, 4], new float[16]),
        "shape" => Tiny(without: "output_norm.weight").Floats("output_norm.weight", [5], new float[5]),
        "k-quant" => Metadata(("llama.embedding_length", 256u), ("llama.attention.key_length", 2u)).WithToyTokenizer(8).AddTiny(256).Tensor("output.weight", [256, 8], 14, new byte[8 * 210]),
        "experts" => Tiny().With("llama.expert_count", 8u),
        "window" => Tiny().With("llama.attention.sliding_window", 16u),
        "width as text" => Tiny(("llama.embedding_length", "four")),
        "no width" => Tiny(("llama.embedding_length", null)),
        "giant block count" => Tiny(("llama.block_count", 2_000_000_000u)),
        "rotary part" => Tiny().With("llama.rope.dimension_count", 1u),
        "scaling" => Tiny().With("llama.rope.scaling.type", "longrope").With("llama.rope.scaling.factor", 2f),
        "no tokenizer" => Metadata().AddTiny(4),
        "unknown tokenizer" => Metadata().AddTiny(4).With("tokenizer.ggml.model", "rwkv").With("tokenizer.ggml.tokens", new[] { "a" }),
        "unknown splitter" => Tokens("viking", ["a", "b"], null, []),
        "token twice" => Tokens("gpt-2", ["a", "b", "a"], null, []),
        "merge of unknowns" => Tokens("gpt-2", ["a", "b"], null, ["a z"]),
        "id outside" => Tokens("gpt-2", ["a"], null, []).With("tokenizer.ggml.eos_token_id", 8u),
        "types too few" => Tokens("gpt-2", ["a", "b", "c", "d", "e", "f", "g", "h"], [1], []),
        "more tokens than rows" => Tokens("gpt-2", ["a", "b", "c", "d", "e", "f", "g", "h", "i"], null, []),
        _ => throw new ArgumentException(what),
    };

    private static RawGguf Tokens(string splitter, string[] tokens, int[]? types, string[] merges)
    {
        RawGguf gguf = Metadata().AddTiny(4).With("tokenizer.ggml.model", "gpt2").With("tokenizer.ggml.pre", splitter).With("tokenizer.ggml.tokens", tokens).With("tokenizer.ggml.merges", merges);
        return types is null ? gguf : gguf.With("tokenizer.ggml.token_type", types);
    }

    /// <summary>A llama of one block, width 4, two heads, vocabulary 8.</summary>
    private static RawGguf Tiny((string Key, object? Value)? change = null, string? without = null) => Metadata(change is { } pair ? [pair] : []).WithToyTokenizer(8).AddTiny(4, without);

    private static readonly (string Name, long[] Shape)[] TinyTensors = GgufImporterTestModel.Tensors(4);

    private static RawGguf Metadata(params (string Key, object? Value)[] changes) => GgufImporterTestModel.Metadata(changes);

    private static void Same(HubFolder hub, string name, ITensorSource other, string otherName)
    {
        using Tensor actual = hub.Tensors.Read(name, ScalarType.Float32), expected = other.Read(otherName, ScalarType.Float32);
        actual.shape.ShouldBe(expected.shape, name);
        actual.bytes.SequenceEqual(expected.bytes).ShouldBeTrue(name);
    }
}
