using CsCheck;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

public sealed class ChunkedEncodingTests
{
    private static readonly Gen<string> Texts = Gen.OneOf("the ", "whale", " sea", "\n\n", "\n", "  ", ".", "é", "日本", "😀", "\r\n", " \n \n", "verylongwordwithoutaspace").Array[0, 300].Select(string.Concat);

    [Fact]
    public void Chunks_give_the_ids_and_lines_of_the_whole_text()
    {
        var encoder = new WordEncoder();
        Gen.Select(Texts, Gen.Int[20, 400]).Sample((text, chunk) =>
        {
            EncodedText whole = encoder.Encode(text);
            (int[] ids, int[] lines) = Chunked(encoder, text, chunk, overlap: 200);
            ids.ShouldBe(whole.Ids);
            lines.ShouldBe(whole.Offsets.Select(offset => 1 + text[..offset.Start].Count(c => c == '\n')));
        }, iter: 300, threads: 1);
    }

    [Fact]
    public void What_the_edges_of_a_chunk_do_to_ids_leaves_no_trace()
    {
        // Tokens up to 60 letters from an edge have other ids: chunks agree only in the middle of their overlap of 200.
        var encoder = new EdgeEncoder(reach: 60);
        string text = new('x', 5_000);
        Chunked(encoder, text, chunk: 500, overlap: 200).Ids.ShouldBe(new EdgeEncoder(reach: 60).Encode(text).Ids);
        encoder.Longest.ShouldBeLessThanOrEqualTo(700);
    }

    [Fact]
    public void A_text_without_seams_is_encoded_whole()
    {
        // Ids depend on where in the text a token stands, so that two chunks never agree.
        var encoder = new PositionEncoder();
        string text = new('x', 5_000);
        Chunked(encoder, text, chunk: 100, overlap: 40).Ids.ShouldBe(Enumerable.Range(0, 5_000));
        encoder.Encoded.ShouldBeLessThan(6 * text.Length, "the work must stay proportional to the text");
    }

    [Fact]
    public void Chunks_do_not_grow_along_a_long_text()
    {
        var words = new WordEncoder();
        var encoder = new LongestSeen(words);
        string text = string.Concat(Enumerable.Repeat("call me ishmael. ", 20_000));
        Chunked(encoder, text, chunk: 5_000, overlap: 400).Ids.SequenceEqual(words.Encode(text).Ids).ShouldBeTrue();
        encoder.Longest.ShouldBeLessThanOrEqualTo(5_400);
    }

    private static (int[] Ids, int[] Lines) Chunked(ITextEncoder encoder, string text, int chunk, int overlap)
    {
        var ids = new List<int>();
        var lines = new List<int>();
        int at = 0;
        new ChunkedEncoding(encoder, chunk, overlap).Encode(Read, (id, line) =>
        {
            ids.Add(id);
            lines.Add(line);
        });
        return ([.. ids], [.. lines]);

        string Read(int count)
        {
            int to = Math.Min(text.Length, at + count);
            if (to < text.Length && char.IsLowSurrogate(text[to]))
                to--;
            string part = text[at..to];
            at = to;
            return part;
        }
    }

    private sealed class PositionEncoder : ITextEncoder
    {
        public long Encoded { get; private set; }

        public int? BeginToken => null;

        public int? EndToken => null;

        public EncodedText Encode(string text)
        {
            Encoded += text.Length;
            return new EncodedText([.. Enumerable.Range(0, text.Length)], [.. Enumerable.Range(0, text.Length).Select(i => (i, i + 1))]);
        }
    }

    private sealed class EdgeEncoder(int reach) : ITextEncoder
    {
        public int Longest { get; private set; }

        public int? BeginToken => null;

        public int? EndToken => null;

        public EncodedText Encode(string text)
        {
            Longest = Math.Max(Longest, text.Length);
            IEnumerable<int> places = Enumerable.Range(0, text.Length);
            return new EncodedText(
                [.. places.Select(i => (Math.Min(i, reach) * 1000) + Math.Min(text.Length - 1 - i, reach))], [.. places.Select(i => (i, i + 1))]);
        }
    }

    private sealed class LongestSeen(ITextEncoder inner) : ITextEncoder
    {
        public int Longest { get; private set; }

        public int? BeginToken => inner.BeginToken;

        public int? EndToken => inner.EndToken;

        public EncodedText Encode(string text)
        {
            Longest = Math.Max(Longest, text.Length);
            return inner.Encode(text);
        }
    }
}
