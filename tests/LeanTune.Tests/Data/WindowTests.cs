using System.Text;
using CsCheck;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

public sealed class WindowTests
{
    private const int Begin = 1, End = 2;

    [Fact]
    public void Windows_cover_the_token_stream_exactly()
    {
        using var folder = new TemporaryFolder();
        Gen<string> text = Gen.OneOf("one ", "two\n", "three\r\n", "\n\n", "é", "😀 ", "x").Array[1, 60].Select(string.Concat);
        Gen.Select(text, text, Gen.Int[2, 20], Gen.Bool, Gen.Bool).Sample((first, second, length, begins, ends) =>
        {
            var encoder = new WordEncoder(begins ? Begin : null, End);
            File.WriteAllText(folder.File("a.txt"), first);
            File.WriteAllText(folder.File("b.txt"), second);
            var stream = new List<int>();
            foreach (string file in new[] { first, second })
                stream.AddRange([.. begins ? [Begin] : Array.Empty<int>(), .. encoder.Encode(file).Ids, .. ends ? [End] : Array.Empty<int>()]);
            if (stream.Count < 2)
                return;

            ExampleSet set = ExampleSet.Load(folder.Path, DataFormat.Auto, encoder, length, ends);
            bool oneLeft = stream.Count % length == 1;
            set.SelectMany(window => window.Ids).ShouldBe(stream.SkipLast(oneLeft ? 1 : 0));
            set.SkipLast(1).ShouldAllBe(window => window.Ids.Length == length);
            set.ShouldAllBe(window => !window.Supervised[0] && window.Supervised.Skip(1).All(s => s) && window.Supervised.Length == window.Ids.Length);
            set.Counts.Dropped.ShouldBe(oneLeft ? 1 : 0);
            set.Counts.Truncated.ShouldBe(0);
        }, iter: 200, threads: 1);
    }

    [Fact]
    public void A_window_knows_the_file_and_line_it_starts_on()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("b.txt"), "four five six");
        File.WriteAllText(folder.File("a.txt"), "aa\nbb\ncc");
        ExampleSet set = ExampleSet.Load(folder.Path, DataFormat.Auto, new WordEncoder(), 2, appendEndToken: false);
        set.Select(window => (Path.GetFileName(window.Source), window.Line)).ShouldBe([("a.txt", 1), ("a.txt", 2), ("a.txt", 3), ("b.txt", 1), ("b.txt", 1)]);
    }

    [Fact]
    public void Files_come_in_ordinal_order_and_others_are_named()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in new[] { "b.txt", "a.txt", "B.TXT", "notes.md", "empty.txt" })
            File.WriteAllText(folder.File(name), name == "empty.txt" ? "" : name + " text");
        var notices = new List<string>();
        var encoder = new WordEncoder();
        ExampleSet set = ExampleSet.Load(folder.Path, DataFormat.Auto, encoder, 100, appendEndToken: false, notices.Add);
        encoder.Decode(set.Single().Ids).ShouldBe("B.TXT texta.txt textb.txt text");
        notices.ShouldBe([$"{folder.Path}: reads 4 .txt files; 1 other entries are not read", $"{folder.File("empty.txt")}: is empty and adds nothing"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_533)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(200_000)]
    public void Bytes_that_are_not_utf8_are_refused_with_their_offset(int offset)
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = Encoding.UTF8.GetBytes(new string('a', offset) + "?" + new string('b', 10));
        bytes[offset] = 0xE9;
        File.WriteAllBytes(folder.File("latin.txt"), bytes);
        Should.Throw<DataException>(() => Load(folder.File("latin.txt"))).Message.ShouldEndWith($"latin.txt: expected UTF-8, found an invalid byte at byte offset {offset}");

        File.WriteAllBytes(folder.File("cut.txt"), [.. new byte[offset].Select(_ => (byte)'a'), 0xF0, 0x9F, 0x98]);
        Should.Throw<DataException>(() => Load(folder.File("cut.txt"))).Message.ShouldEndWith($"cut.txt: expected UTF-8, found an invalid byte at byte offset {offset}");
    }

    [Fact]
    public void Characters_across_the_blocks_of_a_file_stay_whole()
    {
        using var folder = new TemporaryFolder();
        var encoder = new WordEncoder();
        for (int shift = 0; shift < 4; shift++)
        {
            string text = new string('a', shift) + string.Concat(Enumerable.Repeat("😀é日 ", 40_000));
            File.WriteAllText(folder.File("a.txt"), text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
            ExampleSet set = ExampleSet.Load(folder.File("a.txt"), DataFormat.Auto, encoder, 512, appendEndToken: false);
            (encoder.Decode(set.SelectMany(window => window.Ids)) == text).ShouldBeTrue();
        }
    }

    private static ExampleSet Load(string path) => ExampleSet.Load(path, DataFormat.Auto, new WordEncoder(), 16, appendEndToken: false);
}
