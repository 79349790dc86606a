using System.Text.Json;
using CsCheck;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

public sealed class CompletionMaskTests
{
    private const int Begin = 1, End = 2;

    [Fact]
    public void A_token_is_a_target_when_any_of_its_letters_belongs_to_the_completion()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("pairs.jsonl");
        Gen<string> text = Gen.OneOf(Gen.Char['a', 'z'], Gen.OneOf(' ', '\n', '.', 'é', '日')).Array[0, 30].Select(chars => new string(chars));
        Gen.Select(text, text, Gen.Bool, Gen.Bool, Gen.Int[2, 40]).Sample((prompt, completion, begins, ends, maxLength) =>
        {
            completion += "x";
            var encoder = new WordEncoder(begins ? Begin : null, End);
            File.WriteAllText(path, JsonSerializer.Serialize(new { prompt, completion }));
            (int[] ids, bool[] supervised) = Independent(encoder, prompt, completion, ends);
            bool anything = supervised.Take(maxLength).Contains(true);
            if (!anything)
            {
                Should.Throw<DataException>(() => ExampleSet.Load(path, DataFormat.Auto, encoder, maxLength, ends)).Message.ShouldContain("nothing to train on");
                return;
            }

            TokenizedExample example = ExampleSet.Load(path, DataFormat.Auto, encoder, maxLength, ends).Single();
            example.Ids.ShouldBe(ids.Take(maxLength));
            example.Supervised.ShouldBe(supervised.Take(maxLength));
            example.Truncated.ShouldBe(ids.Length > maxLength);
        }, iter: 300, threads: 1);
    }

    [Fact]
    public void A_token_across_the_boundary_belongs_to_the_completion()
    {
        TokenizedExample example = Load("{\"prompt\": \"hello wo\", \"completion\": \"rld\"}", new WordEncoder(end: End), out WordEncoder encoder);
        example.Ids.Select(encoder.Piece).ShouldBe(["hel", "lo", " wo", "rld", ""]);
        example.Supervised.ShouldBe([false, false, false, true, true]);

        example = Load("{\"prompt\": \"hello w\", \"completion\": \"orld\"}", new WordEncoder(end: End), out _);
        example.Supervised.ShouldBe([false, false, true, true, true]);
    }

    [Fact]
    public void An_empty_prompt_makes_every_token_but_the_first_a_target()
    {
        Load("{\"prompt\": \"\", \"completion\": \"hello\"}", new WordEncoder(end: End), out _).Supervised.ShouldBe([false, true, true]);
        Load("{\"prompt\": \"\", \"completion\": \"hello\"}", new WordEncoder(Begin, End), out _).Supervised.ShouldBe([false, true, true, true]);
        Load("{\"text\": \"hello\"}", new WordEncoder(Begin, End), out _).Supervised.ShouldBe([false, true, true, true]);
    }

    [Fact]
    public void Begin_and_end_that_the_text_spells_out_are_not_doubled()
    {
        var words = new WordEncoder();
        int hel = words.Encode("hel").Ids[0], lo = words.Encode("lo").Ids[0];
        var encoder = new FixedEncoder(new EncodedText([hel, lo], [(0, 3), (3, 5)]), begin: hel, end: lo);
        Load("{\"text\": \"hello\"}", encoder).Ids.ShouldBe([hel, lo]);
    }

    // Written from the definition: letter by letter, then token by token.
    private static (int[] Ids, bool[] Supervised) Independent(WordEncoder encoder, string prompt, string completion, bool ends)
    {
        string text = prompt + completion;
        bool[] ofCompletion = [.. text.Select((_, i) => i >= prompt.Length)];
        var tokens = new List<(int Id, bool Target)>();
        if (encoder.BeginToken is { } begin)
            tokens.Add((begin, false));
        EncodedText encoded = encoder.Encode(text);
        foreach ((int id, (int start, int end)) in encoded.Ids.Zip(encoded.Offsets))
            tokens.Add((id, ofCompletion.AsSpan(start..end).Contains(true)));
        if (ends)
            tokens.Add((encoder.EndToken!.Value, true));
        return ([.. tokens.Select(t => t.Id)], [.. tokens.Select((t, i) => t.Target && i > 0)]);
    }

    private static TokenizedExample Load(string record, WordEncoder given, out WordEncoder encoder)
    {
        encoder = given;
        return Load(record, given);
    }

    private static TokenizedExample Load(string record, ITextEncoder encoder)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("one.jsonl");
        File.WriteAllText(path, record);
        return ExampleSet.Load(path, DataFormat.Auto, encoder, 64, appendEndToken: true).Single();
    }

    private sealed class FixedEncoder(EncodedText text, int? begin, int? end) : ITextEncoder
    {
        public int? BeginToken => begin;

        public int? EndToken => end;

        public EncodedText Encode(string _) => text;
    }
}
