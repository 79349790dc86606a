using CsCheck;
using LeanTune.ChatTemplates;
using LeanTune.Tokenization;

namespace LeanTune.Tests.ChatTemplates;

/// <summary>A token is trained exactly when it overlaps a span.</summary>
public sealed class AssistantMaskTests
{
    private const string Source = "{% for m in messages %}<{{ m.role }}>{{ m.content }}</s>\n{% endfor %}";

    [Fact]
    public void A_token_is_trained_when_it_overlaps_a_span() =>
        Gen.Select(Gen.Int[0, 12].Array[0, 30], Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9]).Array[0, 8]).Sample((steps, gaps) =>
        {
            // Tokens one behind the other, some empty, some sharing their place with the one before.
            List<(int Start, int End)> offsets = [];
            int at = 0;
            foreach (int step in steps)
            {
                int length = step % 4;
                offsets.Add((step > 8 ? at - Math.Min(at, 2) : at, at + length));
                at += length;
            }

            List<AssistantSpan> spans = [];
            int start = 0;
            foreach ((int gap, int length) in gaps)
            {
                spans.Add(new AssistantSpan(start + gap, start + gap + length, spans.Count));
                start += gap + length;
            }

            bool[] expected = [.. offsets.Select(token => spans.Exists(span => token.Start < span.End && token.End > span.Start))];
            AssistantMask.Of([.. offsets], spans).ShouldBe(expected);
        }, iter: 2000);

    [Theory]
    [InlineData("byte_bpe")]
    [InlineData("sp_bpe_bytefallback")]
    [InlineData("llama3_split")]
    public void Every_letter_of_the_assistant_is_within_a_trained_token_and_every_other_token_has_none(string name)
    {
        var tokenizer = Tokenizer.Load(Repository.Fixture($"tokenizers/trained/{name}.json"));
        ChatTemplate template = ChatTemplate.FromText(Source, new Dictionary<string, string> { ["eos_token"] = "</s>" });
        string[] others = [" ", "\n", "é", "日本", "😀", "\u200d", "e\u0301"];
        Gen<string> text = Gen.Int[0, 25 + others.Length].Select(i => i < 26 ? ((char)('a' + i)).ToString() : others[i - 26]).Array[0, 20].Select(string.Concat);
        Gen.Select(text, text, text, text).Sample((u1, a1, u2, a2) =>
        {
            RenderedChat chat = template.Render([new("user", u1), new("assistant", a1), new("user", u2), new("assistant", a2)]);
            chat.AssistantSpans.Select(span => chat.Text[span.Start..span.End]).ShouldBe([a1 + "</s>", a2 + "</s>"]);
            TokenizedChat tokens = chat.Encode(tokenizer);

            // Independently, letter by letter.
            TokenizedText whole = tokenizer.Encode(chat.Text, addSpecialTokens: false);
            List<bool> isAssistant = [];
            for (int at = 0; at < chat.Text.Length; at += char.IsSurrogatePair(chat.Text, at) ? 2 : 1)
                isAssistant.Add(chat.AssistantSpans.Any(span => at >= span.Start && at < span.End));
            tokens.Ids.ShouldBe(whole.Ids);
            // A token without a place of its own, a further byte of a letter, goes with the letters on both its sides.
            tokens.Supervised.ShouldBe(whole.Offsets.Select(token => token.End > token.Start
                ? Enumerable.Range(token.Start, token.End - token.Start).Any(i => isAssistant[i])
                : isAssistant[token.Start - 1] && isAssistant[token.Start]));
        }, iter: 150, threads: 1);
    }

    [Fact]
    public void No_token_is_added_to_what_the_template_writes()
    {
        // This tokenizer's post-processor would put a begin token before each text.
        var tokenizer = Tokenizer.Load(Repository.Fixture("tokenizers/trained/llama3_split.json"));
        TokenizedText added = tokenizer.Encode("x", addSpecialTokens: true);
        ChatTemplate.FromText("x").Render([]).Encode(tokenizer).Ids.ShouldBe(added.Ids.Where((_, i) => !added.SpecialMask[i]));
    }
}
