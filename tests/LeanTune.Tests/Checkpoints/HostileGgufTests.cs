using LeanTune.Checkpoints;

namespace LeanTune.Tests.Checkpoints;

/// <summary>Damaged and hostile GGUF files: each gives one clear error, at once and without a large allocation.</summary>
public sealed class HostileGgufTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, byte[], string> Files()
    {
        TheoryData<string, byte[], string> files = [];
        void Add(string name, RawGguf raw, string reason) => files.Add(name, raw.Bytes(), reason);
        byte[] one = new byte[4];
        Add("wrong letters", new RawGguf { Magic = "GGML" }, "not a GGUF file");
        Add("version 1", new RawGguf { Version = 1 }, "version 1 is not supported; versions 2 and 3 are");
        Add("version 9", new RawGguf { Version = 9 }, "version 9 is not supported");
        Add("big-endian", new RawGguf { Version = 0x03000000 }, "big-endian");
        Add("giant tensor count", new RawGguf { StatedTensors = ulong.MaxValue }, "18446744073709551615 tensors cannot lie in");
        Add("giant pair count", new RawGguf { StatedPairs = 1UL << 62 }, "metadata pairs cannot lie in");
        Add("tensors missing", new RawGguf { StatedTensors = 2 }.Floats("a", [1], [1]), "name has 0 characters");
        Add("giant text", new RawGguf().With("k", (byte[])[8, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 127]), "bytes of text cannot lie in");
        Add("giant array", new RawGguf().With("k", (byte[])[9, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0]), "values of 'k' cannot lie in");
        Add("giant list of texts", new RawGguf().With("k", (byte[])[9, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]), "texts of 'k' cannot lie in");
        Add("array of arrays", new RawGguf().With("k", (byte[])[9, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]), "an array of arrays");
        Add("unknown value type", new RawGguf().With("k", (byte[])[13, 0, 0, 0]), "unknown type 13");
        Add("unknown element type", new RawGguf().With("k", (byte[])[9, 0, 0, 0, 77, 0, 0, 0]), "unknown type 77");
        Add("bool of 2", new RawGguf().With("k", (byte[])[7, 0, 0, 0, 2]), "expected 0 or 1");
        Add("text not UTF-8", new RawGguf().With("k", (byte[])[8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xFF]), "not valid UTF-8");
        Add("empty key", new RawGguf().With("", 1u), "key is empty");
        Add("key twice", new RawGguf().With("k", 1u).With("k", 2u), "'k' occurs twice");
        Add("alignment of 0", new RawGguf().With("general.alignment", 0u), "expected a power of two");
        Add("alignment of 48", new RawGguf().With("general.alignment", 48u), "expected a power of two");
        Add("alignment of text", new RawGguf().With("general.alignment", "32"), "expected a power of two");
        Add("tensor twice", new RawGguf().Floats("a", [1], [1]).Floats("a", [1], [1]), "the name occurs twice");
        Add("tensor without name", new RawGguf().Floats("", [1], [1]), "name has 0 characters");
        Add("five dimensions", new RawGguf().Tensor("a", [1, 1, 1, 1, 1], 0, one), "5 dimensions; GGUF allows 4");
        Add("unknown tensor type", new RawGguf().Tensor("a", [1], 4, one), "type number 4 is unknown; supported: F32");
        Add("dimension above 63 bits", new RawGguf().Tensor("a", [ulong.MaxValue], 0, one), "larger than any file");
        Add("overflowing shape", new RawGguf().Tensor("a", [1UL << 40, 1UL << 40], 0, one), "larger than any file");
        Add("overflow to nothing", new RawGguf().Tensor("a", [1UL << 62, 4], 24, []), "larger than any file");
        Add("part of a block", new RawGguf().Tensor("a", [33], 2, new byte[36]), "rows of 33 elements do not fill blocks of 32 (Q4_0)");
        Add("data beyond the end", new RawGguf().Tensor("a", [1000], 0, one), "cut short");
        Add("offset beyond the end", new RawGguf().Tensor("a", [1], 0, one, 1UL << 63), "do not lie in");
        Add("offset not aligned", new RawGguf().Tensor("a", [1], 0, new byte[64], 4), "no multiple of the file's alignment");
        Add("overlap", new RawGguf().Tensor("a", [16], 0, new byte[64], 0).Tensor("b", [1], 0, new byte[64], 32), "overlap those of 'a'");
        return files;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Each_is_refused_with_its_reason(string name, byte[] bytes, string reason)
    {
        string path = _folder.File("hostile.gguf");
        File.WriteAllBytes(path, bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        CheckpointFormatException error = Should.Throw<CheckpointFormatException>(() => GgufFile.Open(path), name);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(2_000_000);
        error.Message.ShouldContain(reason);
        error.Message.ShouldStartWith(path);
    }

    [Fact]
    public void Every_cut_of_a_file_is_noticed()
    {
        byte[] whole = new RawGguf().With("general.name", "x").With("list", new[] { "a", "b" }).Floats("a", [3], [1, 2, 3]).Tensor("b", [32], 2, new byte[18]).Bytes();
        string path = _folder.File("cut.gguf");
        for (int cut = 0; cut < whole.Length; cut++)
        {
            File.WriteAllBytes(path, whole[..cut]);
            Should.Throw<CheckpointFormatException>(() => GgufFile.Open(path), $"cut at {cut}");
        }

        File.WriteAllBytes(path, whole);
        GgufFile.Open(path).Dispose();
    }

    /// <summary>Random damage: any outcome but a clean open or the format's own error is a fault.</summary>
    [Fact]
    public void Random_damage_never_escapes_as_another_error()
    {
        byte[] gguf = new RawGguf().With("general.name", "x").With("list", new[] { "a", "b" }).Floats("a", [3], [1, 2, 3]).Tensor("b", [32], 2, new byte[18]).Bytes();
        byte[] safetensors = RawSafetensors.Bytes(
            """{"__metadata__":{"format":"pt"},"x":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"y":{"dtype":"U8","shape":[3],"data_offsets":[16,19]}}""", new byte[19]);
        int seed = Environment.TickCount;
        Random random = new(seed);
        for (int i = 0; i < 4000; i++)
        {
            bool first = i % 2 == 0;
            byte[] damaged = [.. first ? gguf : safetensors];
            for (int hits = random.Next(1, 4); hits > 0; hits--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            string path = _folder.File("damaged");
            File.WriteAllBytes(path, damaged);
            try
            {
                using ITensorSource source = first ? GgufFile.Open(path) : SafetensorsFile.Open(path);
                foreach (string name in source.Names)
                    source.Read(name).Dispose();
            }
            catch (CheckpointFormatException)
            {
                // What damage should give.
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}, file {i}: {error}");
            }
        }
    }
}
