using LeanTune.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Checkpoints;

/// <summary>Reading: each dtype's values by its definition, conversion, ownership.</summary>
public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("BOOL", new byte[] { 0, 1, 1 }, ScalarType.Bool, new double[] { 0, 1, 1 })]
    [InlineData("U8", new byte[] { 0, 200 }, ScalarType.Byte, new double[] { 0, 200 })]
    [InlineData("I8", new byte[] { 0x7F, 0x80 }, ScalarType.Int8, new double[] { 127, -128 })]
    [InlineData("I16", new byte[] { 0xFE, 0xFF }, ScalarType.Int16, new double[] { -2 })]
    [InlineData("U16", new byte[] { 0xFE, 0xFF }, ScalarType.Int32, new double[] { 65534 })]
    [InlineData("I32", new byte[] { 0xFE, 0xFF, 0xFF, 0xFF }, ScalarType.Int32, new double[] { -2 })]
    [InlineData("U32", new byte[] { 0xFE, 0xFF, 0xFF, 0xFF }, ScalarType.Int64, new double[] { 4294967294 })]
    [InlineData("I64", new byte[] { 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF }, ScalarType.Int64, new double[] { -2 })]
    [InlineData("U64", new byte[] { 7, 0, 0, 0, 1, 0, 0, 0 }, ScalarType.Int64, new double[] { 4294967303 })]
    [InlineData("F16", new byte[] { 0x00, 0x3C, 0x01, 0x00 }, ScalarType.Float16, new double[] { 1, 5.960464477539063e-08 })]
    [InlineData("BF16", new byte[] { 0xC0, 0xBF }, ScalarType.BFloat16, new double[] { -1.5 })]
    [InlineData("F32", new byte[] { 0, 0, 0x20, 0x40 }, ScalarType.Float32, new double[] { 2.5 })]
    [InlineData("F64", new byte[] { 0, 0, 0, 0, 0, 0, 0xF8, 0x3F }, ScalarType.Float64, new double[] { 1.5 })]
    // sign 0, exponent 1111, mantissa 110: 1.75 x 2^8, the largest; all ones is not a number; code 1 is 2^-9
    [InlineData("F8_E4M3", new byte[] { 0x7E, 0xFF, 0x01, 0xB8, 0x80 }, ScalarType.Float32, new[] { 448, double.NaN, 0.001953125, -1, -0.0 })]
    [InlineData("F8_E5M2", new byte[] { 0x7B, 0x7C, 0xFC, 0x7D, 0x01 }, ScalarType.Float32, new[] { 57344, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 1.52587890625e-05 })]
    [InlineData("F8_E4M3FNUZ", new byte[] { 0x7F, 0x80, 0x01, 0xC0 }, ScalarType.Float32, new[] { 240, double.NaN, 0.0009765625, -1 })]
    [InlineData("F8_E5M2FNUZ", new byte[] { 0x7F, 0x80, 0x01, 0xC0 }, ScalarType.Float32, new[] { 57344, double.NaN, 7.62939453125e-06, -1 })]
    [InlineData("F8_E8M0", new byte[] { 127, 0, 254, 255 }, ScalarType.Float32, new[] { 1, 5.877471754111438e-39, 1.7014118346046923e+38, double.NaN })]
    [InlineData("F4", new byte[] { 0x21, 0xF9 }, ScalarType.Float32, new[] { 0.5, 1, -0.5, -6 })]
    public void Each_dtype_reads_to_its_values(string code, byte[] data, ScalarType dtype, double[] expected)
    {
        using SafetensorsFile file = SafetensorsFile.Open(RawSafetensors.Write(_folder, RawSafetensors.Single(code, $"[{expected.Length}]", data.Length), data));
        file.Info("x").StoredAs.ShouldBe(code);
        file.Info("x").Dtype.ShouldBe(dtype);
        using Tensor tensor = file.Read("x");
        tensor.dtype.ShouldBe(dtype);
        tensor.shape.ShouldBe([expected.Length]);
        using Tensor wide = tensor.to_type(ScalarType.Float64);
        wide.data<double>().ToArray().ShouldBe(expected);
        using Tensor raw = file.ReadBytes("x");
        raw.bytes.ToArray().ShouldBe(data);
    }

    [Fact]
    public void Complex_values_keep_both_parts()
    {
        byte[] data = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0];
        using SafetensorsFile file = SafetensorsFile.Open(RawSafetensors.Write(_folder, RawSafetensors.Single("C64", "[1]", 8), data));
        using Tensor tensor = file.Read("x");
        using Tensor real = tensor.real, imaginary = tensor.imag;
        (real.ToSingle(), imaginary.ToSingle()).ShouldBe((1f, -2f));
    }

    [Fact]
    public void Unsigned_values_above_int64_are_an_error()
    {
        byte[] data = [0, 0, 0, 0, 0, 0, 0, 0x80];
        using SafetensorsFile file = SafetensorsFile.Open(RawSafetensors.Write(_folder, RawSafetensors.Single("U64", "[1]", 8), data));
        Should.Throw<CheckpointFormatException>(() => file.Read("x")).Message.ShouldContain("does not fit int64");
    }

    [Fact]
    public void Six_bit_floats_give_bytes_only()
    {
        using SafetensorsFile file = SafetensorsFile.Open(RawSafetensors.Write(_folder, RawSafetensors.Single("F6_E2M3", "[4]", 3), [1, 2, 3]));
        Should.Throw<CheckpointFormatException>(() => file.Read("x")).Message.ShouldContain("F6_E2M3");
        using Tensor raw = file.ReadBytes("x");
        raw.bytes.ToArray().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Scalars_and_empty_tensors_keep_their_shape()
    {
        const string header = """{"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"e":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}}""";
        using SafetensorsFile file = SafetensorsFile.Open(RawSafetensors.Write(_folder, header, [0, 0, 0x80, 0x3F]));
        using Tensor scalar = file.Read("s"), none = file.Read("e");
        scalar.shape.ShouldBe([]);
        scalar.ToSingle().ShouldBe(1);
        none.shape.ShouldBe([0, 3]);
    }

    [Fact]
    public void A_tensor_outlives_its_source_and_every_dispose_scope()
    {
        Tensor kept, converted;
        using (DisposeScope scope = NewDisposeScope())
        {
            using SafetensorsFile file = SafetensorsFile.Open(RawSafetensors.Write(_folder, RawSafetensors.Single("F32", "[1]", 4), [0, 0, 0x80, 0x3F]));
            kept = file.Read("x");
            converted = file.Read("x", ScalarType.Float64);
            scope.DisposablesCount.ShouldBe(0);
        }

        using (kept)
        using (converted)
        {
            kept.ToSingle().ShouldBe(1);
            converted.ToDouble().ShouldBe(1);
        }
    }

    [Fact]
    public void Metadata_and_names_follow_the_file()
    {
        const string header = """{"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"__metadata__":{"format":"pt","é":"✓"},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}  """;
        using SafetensorsFile file = SafetensorsFile.Open(RawSafetensors.Write(_folder, header, [5, 6]));
        file.Names.ShouldBe(["a", "b"]);
        file.Metadata.ShouldBe(new Dictionary<string, string> { ["format"] = "pt", ["é"] = "✓" }, ignoreOrder: true);
        using Tensor b = file.Read("b");
        b.ToInt32().ShouldBe(6);
        Should.Throw<KeyNotFoundException>(() => file.Read("__metadata_")).Message.ShouldContain("has no tensor");
    }

    [Fact]
    public void Unknown_names_get_the_nearest_one()
    {
        using SafetensorsFile file = SafetensorsFile.Open(RawSafetensors.Write(_folder, """{"model.norm.weight":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", [0]));
        Should.Throw<KeyNotFoundException>(() => file.Read("model.norm.wieght")).Message.ShouldContain("did you mean 'model.norm.weight'?");
    }

    [Fact]
    public void A_missing_file_names_its_neighbour()
    {
        RawSafetensors.Write(_folder, RawSafetensors.Single("U8", "[1]", 1), [0], "model.safetensors");
        Should.Throw<FileNotFoundException>(() => SafetensorsFile.Open(_folder.File("modle.safetensors"))).Message.ShouldContain("did you mean 'model.safetensors'?");
    }

    [Fact]
    public void A_tensor_of_many_chunks_is_whole()
    {
        // 5 million elements of two bytes each: three chunks, the last one short.
        byte[] data = new byte[10_000_002];
        new Random(7).NextBytes(data);
        using SafetensorsFile file = SafetensorsFile.Open(RawSafetensors.Write(_folder, RawSafetensors.Single("I16", "[5000001]", data.Length), data));
        using Tensor tensor = file.Read("x");
        tensor.bytes.SequenceEqual(data).ShouldBeTrue();
        using SafetensorsFile unsigned = SafetensorsFile.Open(RawSafetensors.Write(_folder, RawSafetensors.Single("U16", "[5000001]", data.Length), data, "unsigned"));
        using Tensor wide = unsigned.Read("x"), narrow = wide.to_type(ScalarType.Int16);
        narrow.bytes.SequenceEqual(data).ShouldBeTrue();
    }
}
