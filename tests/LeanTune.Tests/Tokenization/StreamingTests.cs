using System.Text.Json.Nodes;
using CsCheck;
using LeanTune.Tokenization;

namespace LeanTune.Tests.Tokenization;

/// <summary>Streamed decoding gives the text of whole decoding, and never half a character.</summary>
public sealed class StreamingTests
{
    public static TheoryData<string> Names => [.. Samples.Trained, .. Samples.Given];

    [Theory, MemberData(nameof(Names))]
    public void All_pushes_and_the_flush_give_the_decoded_text(string name)
    {
        Tokenizer tokenizer = Samples.Load(name);
        RandomText.Any.Sample(text => CheckStream(tokenizer, tokenizer.EncodeIds(text)), iter: 500, print: Print);
    }

    [Theory, MemberData(nameof(Names))]
    public void So_they_do_for_ids_that_no_text_gives(string name)
    {
        Tokenizer tokenizer = Samples.Load(name);
        Gen.Int[0, tokenizer.VocabularySize - 1].Array[0, 40].Sample(ids => CheckStream(tokenizer, ids), iter: 500);
    }

    [Theory, InlineData("byte_bpe"), InlineData("llama3_split"), InlineData("sp_bpe_bytefallback"), InlineData("smollm2")]
    public void A_split_character_never_shows_as_replacement_characters(string name)
    {
        Tokenizer tokenizer = Samples.Load(name);
        RandomText.Any.Where(text => !text.Contains('\uFFFD')).Sample(
            text =>
            {
                StreamingDecoder stream = tokenizer.CreateStreamingDecoder(skipSpecialTokens: false);
                foreach (int id in tokenizer.EncodeIds(text))
                    stream.Push(id).ShouldNotContain("\uFFFD");
                stream.Flush().ShouldNotContain("\uFFFD");
            },
            iter: 500,
            print: Print);
    }

    [Fact]
    public void Text_comes_as_soon_as_its_bytes_are_whole()
    {
        Tokenizer tokenizer = Samples.Load("byte_bpe");
        int[] ids = tokenizer.EncodeIds("a😀b");
        StreamingDecoder stream = tokenizer.CreateStreamingDecoder();
        string[] pushed = [.. ids.Select(stream.Push)];
        // The emoji is four bytes, each a token of its own here.
        pushed.ShouldBe(["a", "", "", "", "😀", "b"]);
        stream.Flush().ShouldBe("");
    }

    [Fact]
    public void Bytes_that_never_become_a_character_show_at_the_end()
    {
        Tokenizer tokenizer = Samples.Load("byte_bpe");
        StreamingDecoder stream = tokenizer.CreateStreamingDecoder();
        stream.Push(tokenizer.EncodeIds("é")[0]).ShouldBe("");
        stream.Flush().ShouldBe("\uFFFD");
        Should.Throw<InvalidOperationException>(() => stream.Push(0));
    }

    [Theory, MemberData(nameof(StageVariants.Names), MemberType = typeof(StageVariants))]
    public void Decoders_that_no_sample_uses_stream_too(string name)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("tokenizer.json");
        File.WriteAllText(path, StageVariants.Make(name).ToJsonString());
        Tokenizer tokenizer = Tokenizer.Load(path);
        RandomText.Any.Sample(text => CheckStream(tokenizer, tokenizer.EncodeIds(text)), iter: 50, print: Print);
    }

    private static void CheckStream(Tokenizer tokenizer, int[] ids)
    {
        foreach (bool skip in (bool[])[false, true])
        {
            StreamingDecoder stream = tokenizer.CreateStreamingDecoder(skip);
            List<string> pushed = [.. ids.Select(stream.Push)];
            foreach (string part in pushed)
                if (part.Length > 0)
                    (char.IsLowSurrogate(part[0]) || char.IsHighSurrogate(part[^1])).ShouldBeFalse();
            (string.Concat(pushed) + stream.Flush()).ShouldBe(tokenizer.Decode(ids, skip));
        }
    }

    private static string Print(string text) => JsonValue.Create(text).ToJsonString();
}
