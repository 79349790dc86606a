using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using CsCheck;
using LeanTune.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Checkpoints;

/// <summary>Writing: what was written is what is read, and the file is laid out as other readers expect.</summary>
public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_dtype_and_shape_comes_back_bit_for_bit()
    {
        ScalarType[] types = [ScalarType.Bool, ScalarType.Byte, ScalarType.Int8, ScalarType.Int16, ScalarType.Int32, ScalarType.Int64,
            ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float64, ScalarType.ComplexFloat32];
        Gen.Select(Gen.Int[0, types.Length - 1], Gen.Long[0, 5].Array[0, 4], Gen.Int).Array[0, 12].Sample(drawn =>
        {
            using DisposeScope scope = NewDisposeScope();
            string path = _folder.File(Guid.NewGuid().ToString("N"));
            Dictionary<string, Tensor> tensors = [];
            foreach ((int type, long[] shape, int seed) in drawn)
            {
                long bytes = shape.Aggregate(1L, static (product, size) => product * size) * empty(1, dtype: types[type]).ElementSize;
                byte[] content = new byte[bytes];
                new Random(seed).NextBytes(content);
                if (types[type] == ScalarType.Bool)
                    content = [.. content.Select(static value => (byte)(value & 1))];
                Tensor tensor = empty(shape, dtype: types[type]);
                content.CopyTo(tensor.bytes);
                tensors[$"tensor.{tensors.Count}.\"é"] = tensor;
            }

            SafetensorsWriter.Write(path, tensors, new Dictionary<string, string> { ["note"] = "ü" });
            using SafetensorsFile file = SafetensorsFile.Open(path);
            file.Names.ShouldBe(tensors.Keys, ignoreOrder: true);
            file.Metadata.ShouldBe(new Dictionary<string, string> { ["format"] = "pt", ["note"] = "ü" }, ignoreOrder: true);
            foreach ((string name, Tensor tensor) in tensors)
            {
                using Tensor read = file.Read(name);
                read.dtype.ShouldBe(tensor.dtype);
                read.shape.ShouldBe(tensor.shape);
                read.bytes.SequenceEqual(tensor.bytes).ShouldBeTrue(name);
                (file.Info(name).Offset % tensor.ElementSize).ShouldBe(0);
            }

            File.Delete(path);
        }, iter: 100);
    }

    /// <summary>The bytes by the format's description, without the reader under test.</summary>
    [Fact]
    public void The_layout_is_that_of_the_format()
    {
        using Tensor bytes = tensor((byte[])[1, 2, 3]), floats = tensor((float[])[1, -2]);
        SafetensorsWriter.Write(_folder.File("x"), [new("b", bytes), new("f", floats)]);
        byte[] file = File.ReadAllBytes(_folder.File("x"));
        int header = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        (header % 8).ShouldBe(0);
        Encoding.UTF8.GetString(file, 8, header).TrimEnd(' ').ShouldBe(
            """{"__metadata__":{"format":"pt"},"f":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}""");
        file[(8 + header)..].ShouldBe([0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 1, 2, 3]);
    }

    [Fact]
    public void Views_and_gradients_are_written_as_plain_values_and_stay_the_callers()
    {
        using Tensor whole = arange(12, ScalarType.Float32).view(3, 4), view = whole.t();
        using Tensor leaf = ones(2, requires_grad: true);
        SafetensorsWriter.Write(_folder.File("x"), [new("view", view), new("leaf", leaf)]);
        using SafetensorsFile file = SafetensorsFile.Open(_folder.File("x"));
        using Tensor read = file.Read("view");
        read.shape.ShouldBe([4, 3]);
        read.data<float>().ToArray().ShouldBe([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
        view.IsInvalid.ShouldBeFalse();
        leaf.requires_grad.ShouldBeTrue();
    }

    [Fact]
    public void Shards_fill_up_to_their_size_and_read_as_one()
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors = Enumerable.Range(0, 7).ToDictionary(static i => $"t{i}", static i => full(i == 3 ? 300 : 10, i, ScalarType.Float32));
        File.WriteAllText(_folder.File("model.safetensors"), "stale");
        File.WriteAllText(_folder.File("model-00001-of-00009.safetensors"), "stale");
        File.WriteAllText(_folder.File("config.json"), "{}");
        IReadOnlyList<string> files = SafetensorsWriter.WriteSharded(_folder.Path, tensors.Select(static pair => TensorToWrite.Of(pair.Key, pair.Value)), maxShardBytes: 100);
        // 40 bytes each: two a shard; the large one alone.
        files.Select(Path.GetFileName).ShouldBe([.. Enumerable.Range(1, 5).Select(static i => $"model-{i:D5}-of-00005.safetensors"), "model.safetensors.index.json"]);
        Directory.EnumerateFiles(_folder.Path).Count().ShouldBe(7);
        using HubFolder hub = HubFolder.Open(_folder.Path);
        hub.Tensors.Names.ShouldBe(tensors.Keys, ignoreOrder: true);
        foreach ((string name, Tensor tensor) in tensors)
        {
            using Tensor read = hub.Tensors.Read(name);
            read.bytes.SequenceEqual(tensor.bytes).ShouldBeTrue(name);
        }

        Directory.EnumerateFiles(_folder.Path, "model-*").Select(static file => SafetensorsFile.Open(file)).Sum(static file =>
        {
            using (file)
                return file.Names.Sum(name => file.Info(name).Bytes);
        }).ShouldBe(JsonDocument.Parse(File.ReadAllText(files[^1])).RootElement.GetProperty("metadata").GetProperty("total_size").GetInt64());
    }

    [Fact]
    public void A_model_that_fits_is_one_file_and_replaces_shards()
    {
        using Tensor one = ones(4);
        TensorToWrite[] tensors = [TensorToWrite.Of("a", one), TensorToWrite.Of("b", one)];
        SafetensorsWriter.WriteSharded(_folder.Path, tensors, maxShardBytes: 16).Count.ShouldBe(3);
        SafetensorsWriter.WriteSharded(_folder.Path, tensors).ShouldBe([_folder.File("model.safetensors")]);
        Directory.EnumerateFiles(_folder.Path).ShouldBe([_folder.File("model.safetensors")]);
    }

    [Fact]
    public void Tensors_are_made_one_at_a_time_and_disposed()
    {
        List<Tensor> made = [];
        TensorToWrite Entry(int i) => new($"t{i}", [2], ScalarType.Float32, () =>
        {
            made.ForEach(static earlier => earlier.IsInvalid.ShouldBeTrue());
            made.Add(ones(2));
            return made[^1];
        });
        SafetensorsWriter.Write(_folder.File("x"), Enumerable.Range(0, 5).Select(Entry));
        made.Count.ShouldBe(5);
        made.ShouldAllBe(static tensor => tensor.IsInvalid);
    }

    [Fact]
    public void Mistakes_are_named_and_leave_no_file()
    {
        using Tensor one = ones(2), complex = zeros(1, dtype: ScalarType.ComplexFloat64);
        Should.Throw<ArgumentException>(() => SafetensorsWriter.Write(_folder.File("x"), [new("a", one), new("a", one)])).Message.ShouldContain("'a' occurs twice");
        Should.Throw<ArgumentException>(() => SafetensorsWriter.Write(_folder.File("x"), [new("__metadata__", one)])).Message.ShouldContain("reserves");
        Should.Throw<NotSupportedException>(() => SafetensorsWriter.Write(_folder.File("x"), [new("c", complex)])).Message.ShouldContain("ComplexFloat64");
        Should.Throw<InvalidOperationException>(() => SafetensorsWriter.Write(_folder.File("x"), [new TensorToWrite("a", [3], ScalarType.Float32, () => ones(2))]))
            .Message.ShouldContain("was announced as Float32 [3] but is Float32 [2]");
        Directory.EnumerateFiles(_folder.Path).ShouldBeEmpty();
    }
}
