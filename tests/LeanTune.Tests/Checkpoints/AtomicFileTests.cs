using System.Text;
using LeanTune.Checkpoints;
using static TorchSharp.torch;

namespace LeanTune.Tests.Checkpoints;

/// <summary>Whatever stops a write, the file that was there is still there, whole.</summary>
public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Writes_and_replaces()
    {
        string path = _folder.File("x");
        AtomicFile.WriteText(path, "old ü");
        AtomicFile.Write(path, static stream => stream.Write("new"u8));
        File.ReadAllText(path).ShouldBe("new");
        Directory.EnumerateFiles(_folder.Path).Count().ShouldBe(1);
    }

    [Fact]
    public void A_process_killed_before_the_rename_leaves_the_old_file()
    {
        string path = _folder.File("x");
        AtomicFile.WriteText(path, "old");
        // All that a killed process has done: written aside, not renamed.
        AtomicFile.WriteAside(path, static stream => stream.Write("half of the n"u8));
        File.ReadAllText(path).ShouldBe("old");
        AtomicFile.WriteText(path, "new");
        File.ReadAllText(path).ShouldBe("new");
        Directory.EnumerateFiles(_folder.Path).Count().ShouldBe(1);
    }

    [Fact]
    public void An_error_while_writing_leaves_the_old_file_and_nothing_else()
    {
        string path = _folder.File("x");
        AtomicFile.WriteText(path, "old");
        Should.Throw<InvalidOperationException>(() => AtomicFile.Write(path, static stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException("stop");
        })).Message.ShouldBe("stop");
        File.ReadAllText(path).ShouldBe("old");
        Directory.EnumerateFiles(_folder.Path).Count().ShouldBe(1);
    }

    [Fact]
    public void A_full_disk_is_a_clear_error_and_leaves_the_old_file()
    {
        string path = _folder.File("x");
        AtomicFile.WriteText(path, "old");
        FillDiskOf(path);
        IOException error = Should.Throw<IOException>(() => AtomicFile.Write(path, static stream => stream.Write(new byte[1 << 20])));
        error.Message.ShouldStartWith($"Cannot write '{path}': ");
        error.Message.ShouldContain("No space left on device");
        error.Message.ShouldEndWith("The earlier file is unchanged.");
        File.ReadAllText(path).ShouldBe("old");
        Directory.EnumerateFileSystemEntries(_folder.Path).Count().ShouldBe(1);
    }

    [Fact]
    public void A_full_disk_amid_shards_leaves_the_old_model()
    {
        using Tensor old = ones(2), large = zeros(1 << 18);
        SafetensorsWriter.WriteSharded(_folder.Path, [TensorToWrite.Of("old", old)]);
        FillDiskOf(_folder.File("model-00002-of-00002.safetensors"));
        Should.Throw<IOException>(() => SafetensorsWriter.WriteSharded(_folder.Path, [TensorToWrite.Of("a", large), TensorToWrite.Of("b", large)], maxShardBytes: 1 << 20))
            .Message.ShouldContain("No space left on device");
        Directory.EnumerateFileSystemEntries(_folder.Path).ShouldBe([_folder.File("model.safetensors")]);
        using SafetensorsFile file = SafetensorsFile.Open(_folder.File("model.safetensors"));
        file.Names.ShouldBe(["old"]);
    }

    [Fact]
    public void A_failed_rename_leaves_no_partial_file()
    {
        Directory.CreateDirectory(_folder.File("x"));
        Should.Throw<IOException>(() => AtomicFile.WriteText(_folder.File("x"), "new")).Message.ShouldStartWith($"Cannot write '{_folder.File("x")}': ");
        Directory.EnumerateFileSystemEntries(_folder.Path).Count().ShouldBe(1);
    }

    [Fact]
    public void A_missing_folder_is_named()
    {
        Should.Throw<IOException>(() => AtomicFile.WriteText(_folder.File("no/x"), "")).Message.ShouldContain(_folder.File("no/x"));
    }

    /// <summary>Text comes out as UTF-8 without a mark before it: JSON readers refuse one.</summary>
    [Fact]
    public void Text_has_no_byte_order_mark()
    {
        AtomicFile.WriteText(_folder.File("x"), "é");
        File.ReadAllBytes(_folder.File("x")).ShouldBe(Encoding.UTF8.GetBytes("é"));
    }

    /// <summary>Makes the file beside which <paramref name="path"/> is written one that takes no byte: Linux's device of that kind.</summary>
    private static void FillDiskOf(string path)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        File.CreateSymbolicLink(path + AtomicFile.PartialSuffix, "/dev/full");
    }
}
