using System.Text.Json;
using LeanTune.Tokenization;

namespace LeanTune.Tests.Tokenization;

/// <summary>Ids, offsets, masks and decoded texts against those of Hugging Face's tokenizers 0.23.3.</summary>
public sealed class GoldenTests
{
    public static TheoryData<string> Names => [.. Samples.Trained, .. Samples.Given];

    [Theory, MemberData(nameof(Names))]
    public void Ids_and_offsets_equal_the_recorded_ones(string name) =>
        ForEveryRow(name, (tokenizer, row, text) =>
        {
            TokenizedText tokens = tokenizer.Encode(text, addSpecialTokens: false);
            Show(tokens.Ids).ShouldBe(Show(Integers(row, "ids")));
            string.Join(' ', tokens.Offsets).ShouldBe(string.Join(' ', row.GetProperty("offsets").EnumerateArray().Select(o => (o[0].GetInt32(), o[1].GetInt32()))));
            Show(tokenizer.EncodeIds(text)).ShouldBe(Show(tokens.Ids));
            tokens.SpecialMask.ShouldAllBe(added => !added);
        });

    [Theory, MemberData(nameof(Names))]
    public void Ids_with_special_tokens_equal_the_recorded_ones(string name) =>
        ForEveryRow(name, (tokenizer, row, text) =>
        {
            TokenizedText tokens = tokenizer.Encode(text);
            bool differs = row.TryGetProperty("ids_special", out _);
            Show(tokens.Ids).ShouldBe(Show(Integers(row, differs ? "ids_special" : "ids")));
            Show(tokenizer.EncodeIds(text, addSpecialTokens: true)).ShouldBe(Show(tokens.Ids));
            Show(tokens.SpecialMask.Select(added => added ? 1 : 0)).ShouldBe(Show(differs ? Integers(row, "special_mask") : tokens.Ids.Select(_ => 0)));
            for (int i = 0; i < tokens.Ids.Length; i++)
                if (tokens.SpecialMask[i])
                    tokens.Offsets[i].ShouldBe((0, 0));
        });

    [Theory, MemberData(nameof(Names))]
    public void Decoded_texts_equal_the_recorded_ones(string name) =>
        ForEveryRow(name, (tokenizer, row, text) =>
        {
            int[] ids = [.. Integers(row, "ids")];
            tokenizer.Decode(ids).ShouldBe(row.GetProperty("decoded").GetString());
            tokenizer.Decode(ids, skipSpecialTokens: true).ShouldBe(row.GetProperty("decoded_skip").GetString());
            if (!row.TryGetProperty("ids_special", out _))
                return;
            int[] special = [.. Integers(row, "ids_special")];
            tokenizer.Decode(special).ShouldBe(row.GetProperty(row.TryGetProperty("decoded_special", out _) ? "decoded_special" : "decoded").GetString());
            tokenizer.Decode(special, skipSpecialTokens: true)
                .ShouldBe(row.GetProperty(row.TryGetProperty("decoded_special_skip", out _) ? "decoded_special_skip" : "decoded_skip").GetString());
        });

    [Theory, MemberData(nameof(Names))]
    public void Pairs_equal_the_recorded_ones(string name)
    {
        Tokenizer tokenizer = Samples.Load(name);
        using JsonDocument golden = Golden(name);
        tokenizer.VocabularySize.ShouldBe(golden.RootElement.GetProperty("vocab_size").GetInt32());
        JsonElement pairs = golden.RootElement.GetProperty("pairs");
        pairs.GetArrayLength().ShouldBe(3);
        foreach (JsonElement pair in pairs.EnumerateArray())
        {
            TokenizedText tokens = tokenizer.EncodePair(pair.GetProperty("a").GetString()!, pair.GetProperty("b").GetString()!);
            Show(tokens.Ids).ShouldBe(Show(Integers(pair, "ids")));
            Show(tokens.TypeIds).ShouldBe(Show(Integers(pair, "type_ids")));
            Show(tokens.SpecialMask.Select(added => added ? 1 : 0)).ShouldBe(Show(Integers(pair, "special_mask")));
        }
    }

    private static void ForEveryRow(string name, Action<Tokenizer, JsonElement, string> check)
    {
        Tokenizer tokenizer = Samples.Load(name);
        using JsonDocument golden = Golden(name);
        List<string> failures = [];
        int rows = 0;
        foreach (JsonElement row in golden.RootElement.GetProperty("rows").EnumerateArray())
        {
            rows++;
            int index = row.GetProperty("i").GetInt32();
            try
            {
                check(tokenizer, row, Samples.Corpus[index]);
            }
            catch (ShouldAssertException error)
            {
                failures.Add($"{index} {JsonSerializer.Serialize(Samples.Corpus[index])}: {error.Message}");
            }
        }
        rows.ShouldBe(Samples.Corpus.Length);
        if (failures.Count > 0)
            Assert.Fail($"{failures.Count} of {rows} strings differ; the first:\n{string.Join('\n', failures.Take(5))}");
    }

    private static JsonDocument Golden(string name) => JsonDocument.Parse(File.ReadAllText(Repository.Fixture($"tokenizers/{name}.json")));

    private static IEnumerable<int> Integers(JsonElement row, string name) => row.GetProperty(name).EnumerateArray().Select(value => value.GetInt32());

    private static string Show(IEnumerable<int> values) => string.Join(' ', values);
}
