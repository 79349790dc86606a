using LeanTune.Checkpoints;

namespace LeanTune.Tests.Checkpoints;

/// <summary>Damaged and hostile safetensors files: each gives one clear error, at once and without a large allocation.</summary>
public sealed class HostileSafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Name, header, data bytes, and what the message must say.</summary>
    public static TheoryData<string, string, int, string> Files => new()
    {
        { "no brace", "[1]", 0, "must start with '{'" },
        { "empty header", "", 0, "must start with '{'" },
        { "blank before", " {}", 0, "must start with '{'" },
        { "cut JSON", """{"x":{"dtype":"F32" """, 0, "not valid JSON" },
        { "text after", "{} x", 0, "not valid JSON" },
        { "second object", "{}{}", 0, "not valid JSON" },
        { "no object", """{"x":1}""", 0, "must be an object with dtype" },
        { "no shape", """{"x":{"dtype":"U8","data_offsets":[0,1]}}""", 1, "shape is missing" },
        { "unknown key", """{"x":{"dtype":"U8","shape":[1],"data_offset":[0,1]}}""", 1, "the key 'data_offset' is unknown" },
        { "unknown dtype", RawSafetensors.Single("F7", "[1]", 1), 1, "unknown dtype 'F7'; the format knows BOOL, U8" },
        { "dtype no text", """{"x":{"dtype":4,"shape":[1],"data_offsets":[0,1]}}""", 1, "wrong type" },
        { "duplicate name", """{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "occurs twice" },
        { "duplicate key", """{"x":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}""", 1, "occurs twice" },
        { "duplicate metadata", """{"__metadata__":{},"__metadata__":{}}""", 0, "occurs twice" },
        { "metadata number", """{"__metadata__":{"a":1}}""", 0, "must be a string" },
        { "metadata array", """{"__metadata__":[]}""", 0, "must be an object of strings" },
        { "end beyond file", RawSafetensors.Single("U8", "[100]", 100), 99, "cut short" },
        { "begin after end", """{"x":{"dtype":"U8","shape":[0],"data_offsets":[1,0]}}""", 1, "must be a begin and an end" },
        { "three offsets", """{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}""", 2, "more than 2" },
        { "one offset", """{"x":{"dtype":"U8","shape":[1],"data_offsets":[0]}}""", 1, "must be a begin and an end" },
        { "shape too small", RawSafetensors.Single("F32", "[1]", 8), 8, "needs 4 bytes, but data_offsets give 8" },
        { "negative size", RawSafetensors.Single("U8", "[-1]", 1), 1, "whole numbers" },
        { "fractional size", RawSafetensors.Single("U8", "[1.5]", 1), 1, "whole numbers" },
        { "shape of text", RawSafetensors.Single("U8", """["1"]""", 1), 1, "whole numbers" },
        { "shape beyond 64 bits", RawSafetensors.Single("U8", "[99999999999999999999]", 1), 1, "whole numbers" },
        { "overflowing shape", RawSafetensors.Single("U8", "[4294967296,4294967296,4294967296]", 1), 1, "larger than any file" },
        { "overflow to zero", RawSafetensors.Single("F64", "[2305843009213693952]", 0), 0, "larger than any file" },
        { "too many dimensions", RawSafetensors.Single("U8", $"[{string.Join(',', Enumerable.Repeat(1, 65))}]", 1), 1, "more than 64" },
        { "half a byte", RawSafetensors.Single("F4", "[3]", 1), 1, "does not fill whole bytes" },
        { "overlap", """{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "overlaps" },
        { "same bytes twice", """{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2, "overlaps" },
        { "hole", """{"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "leaves 1 bytes" },
        { "bytes left over", RawSafetensors.Single("U8", "[1]", 1), 5, "4 bytes after the last tensor" },
        { "deep nesting", "{\"x\":" + new string('[', 5000), 0, "must be an object" },
        { "deep nesting in shape", RawSafetensors.Single("U8", new string('[', 5000), 0), 0, "whole numbers" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Each_is_refused_with_its_reason(string name, string header, int dataBytes, string reason)
    {
        string path = RawSafetensors.Write(_folder, header, new byte[dataBytes]);
        CheckpointFormatException error = Should.Throw<CheckpointFormatException>(() => SafetensorsFile.Open(path), name);
        error.Message.ShouldContain(reason);
        error.Message.ShouldStartWith(path);
    }

    [Theory]
    [InlineData(0, "8 bytes of header length")]
    [InlineData(7, "8 bytes of header length")]
    [InlineData(8, "only 0 follow")]
    [InlineData(60, "only 52 follow")]
    [InlineData(90, "cut short")]
    public void Every_cut_is_noticed(int length, string reason)
    {
        byte[] whole = RawSafetensors.Bytes(RawSafetensors.Single("F32", "[8]", 32), new byte[32]);
        string path = _folder.File("cut");
        File.WriteAllBytes(path, whole[..length]);
        Should.Throw<CheckpointFormatException>(() => SafetensorsFile.Open(path)).Message.ShouldContain(reason);
        for (int cut = 0; cut < whole.Length; cut++)
        {
            File.WriteAllBytes(path, whole[..cut]);
            Should.Throw<CheckpointFormatException>(() => SafetensorsFile.Open(path), $"cut at {cut}");
        }
    }

    [Theory]
    [InlineData(100_000_001, "above the format's limit")]
    [InlineData(-1, "above the format's limit")]
    [InlineData(99_999_999, "only 2 follow")]
    public void A_giant_header_length_allocates_nothing(long stated, string reason)
    {
        string path = _folder.File("giant");
        File.WriteAllBytes(path, RawSafetensors.Bytes("{}", [], stated));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<CheckpointFormatException>(() => SafetensorsFile.Open(path)).Message.ShouldContain(reason);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public void Names_that_are_not_UTF8_are_refused()
    {
        byte[] file = RawSafetensors.Bytes(RawSafetensors.Single("U8", "[1]", 1), [0]);
        file[10] = 0xFF;
        string path = _folder.File("bytes");
        File.WriteAllBytes(path, file);
        Should.Throw<CheckpointFormatException>(() => SafetensorsFile.Open(path)).Message.ShouldContain("header");
    }

    [Fact]
    public void A_bool_that_is_neither_is_refused()
    {
        using SafetensorsFile file = SafetensorsFile.Open(RawSafetensors.Write(_folder, RawSafetensors.Single("BOOL", "[2]", 2), [1, 2]));
        Should.Throw<CheckpointFormatException>(() => file.Read("x")).Message.ShouldContain("must be 0 or 1");
    }

    [Fact]
    public void A_file_cut_while_open_is_an_error_not_a_crash()
    {
        string path = RawSafetensors.Write(_folder, RawSafetensors.Single("F32", "[1000]", 4000), new byte[4000]);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using (FileStream stream = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
            stream.SetLength(1000);
        Should.Throw<CheckpointFormatException>(() => file.Read("x")).Message.ShouldContain("cut short while in use");
    }
}
