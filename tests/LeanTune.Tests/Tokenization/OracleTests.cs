using System.Text.Json.Nodes;
using CsCheck;
using LeanTune.Tokenization;
using Oracle = Tokenizers.DotNet.Tokenizer;

namespace LeanTune.Tests.Tokenization;

/// <summary>Ids and decoded texts of random texts against Hugging Face's own engine, which always adds special tokens, and skips them in decoding.</summary>
public sealed class OracleTests
{
    public static TheoryData<string> Names => [.. Samples.Trained, .. Samples.Given, "minilm"];

    [Theory, MemberData(nameof(Names))]
    public void Random_texts_get_the_same_ids_and_decode_to_the_same_text(string name)
    {
        using TemporaryFolder folder = new();
        Compare(WithoutPadding(Samples.PathOf(name), folder), iterations: 3000);
    }

    [Theory, MemberData(nameof(StageVariants.Names), MemberType = typeof(StageVariants))]
    public void Every_stage_that_no_sample_uses_behaves_the_same(string name)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("tokenizer.json");
        File.WriteAllText(path, StageVariants.Make(name).ToJsonString());
        Compare(path, iterations: 1000);
    }

    private static void Compare(string path, long iterations)
    {
        Tokenizer ours = Tokenizer.Load(path);
        Oracle theirs = new(path);
        RandomText.Any.Sample(
            text =>
            {
                int[] ids = ours.EncodeIds(text, addSpecialTokens: true);
                int[] expected = [.. theirs.Encode(text).Select(id => (int)id)];
                if (!ids.SequenceEqual(expected))
                    throw new ShouldAssertException($"ids {string.Join(' ', ids)} should be {string.Join(' ', expected)}");
                if (ids.Length == 0)
                    return;
                string decoded = ours.Decode(ids, skipSpecialTokens: true);
                string expectedText = theirs.Decode([.. expected.Select(id => (uint)id)]);
                if (decoded != expectedText)
                    throw new ShouldAssertException($"text {JsonValue.Create(decoded).ToJsonString()} should be {JsonValue.Create(expectedText).ToJsonString()}");
            },
            iter: iterations,
            threads: 1,
            print: text => JsonValue.Create(text).ToJsonString());
    }

    // The oracle applies the file's truncation and padding; this library leaves both to the caller.
    private static string WithoutPadding(string path, TemporaryFolder folder)
    {
        JsonNode file = JsonNode.Parse(File.ReadAllText(path))!;
        if (file["truncation"] is null && file["padding"] is null)
            return path;
        file["truncation"] = null;
        file["padding"] = null;
        string copy = folder.File("tokenizer.json");
        File.WriteAllText(copy, file.ToJsonString());
        return copy;
    }
}
