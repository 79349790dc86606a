using CsCheck;
using LeanTune.Tokenization;

namespace LeanTune.Tests.Tokenization;

/// <summary>What offsets must satisfy on any text.</summary>
public sealed class OffsetTests
{
    [Theory]
    [InlineData("byte_bpe"), InlineData("llama3_split"), InlineData("sp_bpe_bytefallback"), InlineData("wordpiece"), InlineData("bpe_added_template"), InlineData("unigram")]
    [InlineData("gpt2-bpe"), InlineData("qwen3"), InlineData("smollm2")]
    public void Ranges_lie_in_the_text_and_never_go_back(string name)
    {
        Tokenizer tokenizer = Samples.Load(name);
        RandomText.Any.Sample(
            text =>
            {
                TokenizedText tokens = tokenizer.Encode(text, addSpecialTokens: false);
                int last = 0;
                foreach ((int start, int end) in tokens.Offsets)
                {
                    start.ShouldBeInRange(0, end);
                    end.ShouldBeLessThanOrEqualTo(text.EnumerateRunes().Count());
                    end.ShouldBeGreaterThanOrEqualTo(last);
                    last = end;
                }
            },
            iter: 500);
    }

    [Fact]
    public void Untrimmed_bytes_cover_every_code_point()
    {
        Tokenizer tokenizer = Samples.Load("llama3_split");
        RandomText.Any.Sample(
            text =>
            {
                int covered = 0;
                foreach ((int start, int end) in tokenizer.Encode(text, addSpecialTokens: false).Offsets)
                {
                    start.ShouldBeLessThanOrEqualTo(covered);
                    covered = Math.Max(covered, end);
                }
                covered.ShouldBe(text.EnumerateRunes().Count());
            },
            iter: 1000);
    }

    [Fact]
    public void A_token_decodes_to_the_text_that_its_range_holds()
    {
        Tokenizer tokenizer = Samples.Load("llama3_split");
        const string text = "The 👩‍👩‍👧 said: \"naïve!\" 12345";
        int[] codePoints = [.. text.EnumerateRunes().Select(rune => rune.Value)];
        TokenizedText tokens = tokenizer.Encode(text, addSpecialTokens: false);
        for (int i = 0; i < tokens.Ids.Length; i++)
        {
            (int start, int end) = tokens.Offsets[i];
            string decoded = tokenizer.Decode([tokens.Ids[i]]);
            // Part of a character's bytes decodes to nothing whole.
            if (!decoded.Contains('\uFFFD'))
                decoded.ShouldBe(string.Concat(codePoints[start..end].Select(char.ConvertFromUtf32)));
        }
    }

    [Fact]
    public void Unpaired_surrogates_count_as_one_replacement_character()
    {
        Tokenizer tokenizer = Samples.Load("byte_bpe");
        TokenizedText broken = tokenizer.Encode("a\uD83Db\uDE00", addSpecialTokens: false);
        TokenizedText replaced = tokenizer.Encode("a\uFFFDb\uFFFD", addSpecialTokens: false);
        broken.Ids.ShouldBe(replaced.Ids);
        broken.Offsets.ShouldBe(replaced.Offsets);
    }
}
