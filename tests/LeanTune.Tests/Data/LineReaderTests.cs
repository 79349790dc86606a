using System.Text;
using CsCheck;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

public sealed class LineReaderTests
{
    [Fact]
    public void Lines_are_those_that_a_string_reader_finds()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("lines.txt");
        // Long lines make the buffer move and grow.
        Gen.Select(Gen.Int[0, 100_000].Array[0, 6], Gen.Bool, Gen.Bool, Gen.Bool).Sample((lengths, carriageReturn, endsInBreak, mark) =>
        {
            string lineBreak = carriageReturn ? "\r\n" : "\n";
            string text = string.Join(lineBreak, lengths.Select((length, i) => new string((char)('a' + i), length))) + (endsInBreak ? lineBreak : "");
            File.WriteAllText(path, text, new UTF8Encoding(mark));

            var expected = new List<string>();
            using var strings = new StringReader(text);
            while (strings.ReadLine() is { } line)
                expected.Add(line);
            ReadAll(path, LineReader.LongestLine).SequenceEqual(expected).ShouldBeTrue();
        }, iter: 100, threads: 1);
    }

    [Fact]
    public void A_line_beyond_the_limit_is_passed_over_and_named()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("lines.txt");
        File.WriteAllText(path, $"one\n{new string('x', 500_000)}\nthree\n{new string('y', 200_000)}");
        ReadAll(path, 100_000).ShouldBe(["one", "too long", "three", "too long"]);
        ReadAll(path, 200_000).ShouldBe(["one", "too long", "three", new string('y', 200_000)]);
    }

    private static List<string> ReadAll(string path, int longest)
    {
        using var reader = new LineReader(path, longest);
        var lines = new List<string>();
        while (reader.TryRead(out ReadOnlySpan<byte> line, out bool tooLong))
        {
            lines.Add(tooLong ? "too long" : Encoding.UTF8.GetString(line));
            reader.Line.ShouldBe(lines.Count);
        }

        return lines;
    }
}
