using System.Security.Cryptography;
using System.Text.Json;
using LeanTune.Checkpoints;
using static TorchSharp.torch;

namespace LeanTune.Tests.Checkpoints;

/// <summary>Reading GGUF: values against ggml's own dequantisation, bit for bit.</summary>
public sealed class GgufFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("f32")]
    [InlineData("f16")]
    [InlineData("bf16")]
    [InlineData("q4_0")]
    [InlineData("q4_1")]
    [InlineData("q8_0")]
    public void Every_tensor_equals_its_golden_bit_for_bit(string type)
    {
        using GgufFile gguf = GgufFile.Open(Repository.Fixture($"checkpoints/{type}.gguf"));
        using SafetensorsFile golden = SafetensorsFile.Open(Repository.Fixture($"checkpoints/{type}.dequant.safetensors"));
        gguf.Names.Count.ShouldBe(12);
        gguf.Info("blk.0.attn_k.weight").StoredAs.ShouldBe(type.ToUpperInvariant());
        foreach (string name in gguf.Names)
        {
            using Tensor expected = golden.Read(name), actual = gguf.Read(name, ScalarType.Float32);
            actual.shape.ShouldBe(expected.shape, name);
            gguf.Info(name).Shape.ShouldBe(expected.shape, name);
            actual.bytes.SequenceEqual(expected.bytes).ShouldBeTrue($"{type} {name}");

            using Tensor half = expected.to_type(ScalarType.BFloat16), converted = gguf.Read(name, ScalarType.BFloat16);
            converted.bytes.SequenceEqual(half.bytes).ShouldBeTrue($"{type} {name} as bf16");

            using Tensor kept = gguf.Read(name), widened = kept.to_type(ScalarType.Float32);
            kept.dtype.ShouldBe(gguf.Info(name).Dtype);
            widened.bytes.SequenceEqual(expected.bytes).ShouldBeTrue($"{type} {name} as stored");
        }
    }

    [Fact]
    public void SmolLM2_dequantises_to_its_recorded_hashes()
    {
        string folder = Repository.SharedOrSkip("models/smollm2-135m-instruct");
        using GgufFile gguf = GgufFile.Open(Path.Combine(folder, "SmolLM2-135M-Instruct.Q4_1.gguf"));
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "golden_tensors.json")));
        JsonElement tensors = golden.RootElement.GetProperty("tensors");
        HashSet<string> seen = [];
        foreach (JsonProperty entry in tensors.EnumerateObject())
        {
            string name = entry.Value.GetProperty("gguf_name").GetString()!;
            seen.Add(name).ShouldBeTrue();
            // The hashes are of the layout on the hub: query and key rows are permuted, which is the importer's work.
            if (name.Contains("attn_q", StringComparison.Ordinal) || name.Contains("attn_k", StringComparison.Ordinal))
                continue;
            Hash(gguf, name, null).ShouldBe(entry.Value.GetProperty("sha256_fp32").GetString(), name);
            Hash(gguf, name, ScalarType.BFloat16).ShouldBe(entry.Value.GetProperty("sha256_bf16").GetString(), name);
        }

        seen.ShouldBe(gguf.Names, ignoreOrder: true);
    }

    [Fact]
    public void Metadata_keep_their_types()
    {
        using GgufFile gguf = GgufFile.Open(new RawGguf()
            .With("u", 7u).With("i", -7).With("l", ulong.MaxValue).With("f", 0.5f).With("b", true).With("t", "é\0").With("ts", new[] { "a", "" })
            .With("is", new[] { 1, -1 }).With("fs", new[] { 1f }).With("none", Array.Empty<string>()).Save(_folder));
        gguf.Version.ShouldBe(3u);
        gguf.Metadata.Count.ShouldBe(10);
        gguf.Metadata["u"].ShouldBe(7u);
        gguf.Metadata["i"].ShouldBe(-7);
        gguf.Metadata["l"].ShouldBe(ulong.MaxValue);
        gguf.Metadata["f"].ShouldBe(0.5f);
        gguf.Metadata["b"].ShouldBe(true);
        gguf.Metadata["t"].ShouldBe("é\0");
        gguf.Metadata["ts"].ShouldBe(new[] { "a", "" });
        gguf.Metadata["is"].ShouldBe(new[] { 1, -1 });
        gguf.Metadata["fs"].ShouldBe(new[] { 1f });
        gguf.Metadata["none"].ShouldBe(Array.Empty<string>());
    }

    [Fact]
    public void Version_2_and_other_alignments_are_read()
    {
        RawGguf raw = new() { Version = 2, Alignment = 64 };
        using GgufFile gguf = GgufFile.Open(raw.With("general.alignment", 64u).Floats("a", [2], [1, 2]).Floats("b", [1, 3], [3, 4, 5]).Save(_folder));
        gguf.Version.ShouldBe(2u);
        using Tensor b = gguf.Read("b");
        b.shape.ShouldBe([1, 3]);
        b.data<float>().ToArray().ShouldBe([3, 4, 5]);
        (gguf.Info("b").Offset % 64).ShouldBe(0);
    }

    [Fact]
    public void K_quants_are_refused_by_name_when_read()
    {
        using GgufFile gguf = GgufFile.Open(new RawGguf().Tensor("k", [256, 1], 12, new byte[144]).Save(_folder));
        gguf.Info("k").StoredAs.ShouldBe("Q4_K");
        gguf.CanRead("k").ShouldBeFalse();
        Should.Throw<CheckpointFormatException>(() => gguf.Read("k")).Message.ShouldContain("Q4_K is not supported yet; supported: F32, F16, Q4_0, Q4_1, Q8_0,");
    }

    private static string Hash(GgufFile gguf, string name, ScalarType? dtype)
    {
        using Tensor tensor = gguf.Read(name, dtype);
        return Convert.ToHexStringLower(SHA256.HashData(tensor.bytes));
    }
}
