using System.Text.Json;
using LeanTune.Checkpoints;
using LeanTune.Tokenization;
using Oracle = Tokenizers.DotNet.Tokenizer;

namespace LeanTune.Tests.Checkpoints;

/// <summary>Tokenizers rebuilt from GGUF metadata against the ones that the metadata came from: same parts, and same ids by Hugging Face's engine and by ours.</summary>
public sealed class GgufTokenizerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void SmolLM2_rebuilt_from_its_metadata_equals_the_shipped_one()
    {
        string source = Repository.SharedOrSkip("models/smollm2-135m-instruct");
        File.CreateSymbolicLink(_folder.File("model.gguf"), Path.Combine(source, "SmolLM2-135M-Instruct.Q4_1.gguf"));
        List<string> report = [];
        GgufImporter.Import(_folder.File("model.gguf"), _folder.File("out"), report: report.Add);
        report.ShouldContain("tokenizer: rebuilt from the metadata: byte-level BPE, pre-tokenizer 'smollm'");
        using JsonDocument rebuilt = Parse(_folder.File("out/tokenizer.json")), shipped = Parse(Path.Combine(source, "tokenizer.json"));
        SameParts(rebuilt, shipped);

        using JsonDocument config = Parse(_folder.File("out/tokenizer_config.json")), shippedConfig = Parse(Path.Combine(source, "tokenizer_config.json"));
        foreach (string key in (string[])["bos_token", "eos_token", "unk_token", "pad_token", "chat_template", "model_max_length", "add_bos_token"])
            JsonElement.DeepEquals(config.RootElement.GetProperty(key), shippedConfig.RootElement.GetProperty(key)).ShouldBeTrue(key);
        File.ReadAllText(_folder.File("out/chat_template.jinja")).ShouldBe(config.RootElement.GetProperty("chat_template").GetString());
        using JsonDocument generation = Parse(_folder.File("out/generation_config.json"));
        generation.RootElement.GetRawText().ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal).ShouldBe("""{"bos_token_id":1,"eos_token_id":2,"pad_token_id":2}""");
        SameIds(_folder.File("out/tokenizer.json"), Path.Combine(source, "tokenizer.json"));
    }

    [Fact]
    public void Qwen3_rebuilt_from_its_metadata_equals_the_shipped_one()
    {
        string shipped = Path.Combine(Repository.SharedOrSkip("tokenizers/qwen3"), "tokenizer.json");
        string rebuilt = Rebuild(shipped, "qwen2", fillers: 3);
        using JsonDocument one = Parse(rebuilt), other = Parse(shipped);
        SameParts(one, other);
        SameIds(rebuilt, shipped);
    }

    [Theory]
    [InlineData("byte_bpe", "gpt-2")]
    [InlineData("llama3_split", "llama-bpe")]
    public void Byte_level_tokenizers_come_back_with_the_same_ids(string name, string splitter)
    {
        string original = Repository.Fixture($"tokenizers/trained/{name}.json");
        string rebuilt = Rebuild(original, splitter);
        using JsonDocument one = Parse(rebuilt), other = Parse(original);
        SameParts(one, other);
        SameIds(rebuilt, original);
    }

    [Fact]
    public void SentencePiece_merges_come_back_from_scores()
    {
        string original = Repository.Fixture("tokenizers/trained/sp_bpe_bytefallback.json");
        string rebuilt = Rebuild(original, null);
        using JsonDocument one = Parse(rebuilt), other = Parse(original);
        foreach (string key in (string[])["added_tokens", "normalizer", "pre_tokenizer", "decoder"])
            JsonElement.DeepEquals(one.RootElement.GetProperty(key), other.RootElement.GetProperty(key)).ShouldBeTrue(key);
        // Every merge that was learnt is there; the others cut the same pieces elsewhere.
        HashSet<string> merges = [.. Merges(one)];
        Merges(other).Where(merge => !merges.Contains(merge)).ShouldBeEmpty();
        SameIds(rebuilt, original);
    }

    [Fact]
    public void A_foreign_tokenizer_beside_the_file_is_not_taken()
    {
        string original = Repository.Fixture("tokenizers/trained/byte_bpe.json");
        File.Copy(Repository.Fixture("tokenizers/trained/llama3_split.json"), _folder.File("tokenizer.json"));
        List<string> report = [];
        string rebuilt = Rebuild(original, "gpt-2", report: report);
        report.ShouldContain(line => line.Contains("the tokenizer.json beside the GGUF file was not taken: its token '", StringComparison.Ordinal));
        SameIds(rebuilt, original);
    }

    [Fact]
    public void An_unnamed_splitter_is_said_aloud()
    {
        List<string> report = [];
        Rebuild(Repository.Fixture("tokenizers/trained/byte_bpe.json"), null, report: report);
        report.ShouldContain(line => line.Contains("the file does not name its pre-tokenizer", StringComparison.Ordinal));
    }

    /// <summary>Writes a tokenizer.json as GGUF metadata, the way llama.cpp's converter does, and imports that.</summary>
    private string Rebuild(string tokenizer, string? splitter, int fillers = 0, List<string>? report = null)
    {
        using JsonDocument document = Parse(tokenizer);
        JsonElement root = document.RootElement, model = root.GetProperty("model");
        SortedDictionary<int, string> tokens = [];
        foreach (JsonProperty entry in model.GetProperty("vocab").EnumerateObject())
            tokens[entry.Value.GetInt32()] = entry.Name;
        Dictionary<int, int> types = [];
        foreach (JsonElement added in root.GetProperty("added_tokens").EnumerateArray())
        {
            int id = added.GetProperty("id").GetInt32();
            tokens[id] = added.GetProperty("content").GetString()!;
            types[id] = added.GetProperty("special").GetBoolean() ? 3 : 4;
        }

        for (int i = 0; i < fillers; i++)
        {
            types[tokens.Count] = 5;
            tokens[tokens.Count] = $"[PAD{tokens.Count}]";
        }

        tokens.Keys.ShouldBe(Enumerable.Range(0, tokens.Count));
        bool sentencePiece = model.GetProperty("byte_fallback").GetBoolean();
        string[] merges = [.. Merges(document)];
        RawGguf gguf = GgufImporterTestModel.Metadata().AddTiny(4, without: "token_embd.weight")
            .Floats("token_embd.weight", [tokens.Count, 4], new float[tokens.Count * 4])
            .With("tokenizer.ggml.model", sentencePiece ? "llama" : "gpt2")
            .With("tokenizer.ggml.tokens", tokens.Values.ToArray())
            .With("tokenizer.ggml.bos_token_id", splitter == "llama-bpe" ? 900u : 1u);
        if (splitter is not null)
            gguf.With("tokenizer.ggml.pre", splitter);
        if (splitter == "llama-bpe")
            gguf.With("tokenizer.ggml.eos_token_id", 901u);
        if (sentencePiece)
        {
            Dictionary<string, int> rank = merges.Select(static (merge, i) => (Key: merge.Replace(" ", "", StringComparison.Ordinal), i)).ToDictionary(static pair => pair.Key, static pair => pair.i);
            gguf.With("tokenizer.ggml.scores", (float[])[.. tokens.Values.Select(token => rank.TryGetValue(token, out int i) ? -i : -1e4f)]);
            gguf.With("tokenizer.ggml.unknown_token_id", 0u);
            for (int id = 0; id < tokens.Count; id++)
                if (tokens[id] is ['<', '0', 'x', _, _, '>'])
                    types[id] = 6;
            types[0] = 2;
        }
        else
        {
            gguf.With("tokenizer.ggml.merges", merges);
        }

        gguf.With("tokenizer.ggml.token_type", (int[])[.. tokens.Keys.Select(id => types.GetValueOrDefault(id, 1))]);
        GgufImporter.Import(gguf.Save(_folder), _folder.File("out"), report: report is null ? null : report.Add);
        return _folder.File("out/tokenizer.json");
    }

    private static void SameParts(JsonDocument rebuilt, JsonDocument original)
    {
        foreach (string key in (string[])["added_tokens", "normalizer", "truncation", "padding"])
            JsonElement.DeepEquals(rebuilt.RootElement.GetProperty(key), original.RootElement.GetProperty(key)).ShouldBeTrue(key);
        JsonElement model = rebuilt.RootElement.GetProperty("model"), other = original.RootElement.GetProperty("model");
        foreach (string key in (string[])["type", "dropout", "unk_token", "fuse_unk", "byte_fallback", "ignore_merges"])
            JsonElement.DeepEquals(model.GetProperty(key), other.GetProperty(key)).ShouldBeTrue(key);
        Merges(rebuilt).ShouldBe(Merges(original));
        Dictionary<string, int> vocab = Vocabulary(rebuilt);
        foreach ((string token, int id) in Vocabulary(original))
            vocab[token].ShouldBe(id);
    }

    /// <summary>Both files through both engines: the same ids for every string, special tokens included, and the same text back.</summary>
    private static void SameIds(string rebuilt, string original)
    {
        using Oracle one = new(rebuilt), other = new(original);
        Tokenizer ours = Tokenizer.Load(Path.GetDirectoryName(rebuilt)!), shipped = Tokenizer.Load(original);
        string[] corpus = JsonSerializer.Deserialize<string[]>(File.ReadAllText(Repository.Fixture("tokenizers/corpus.json")))!;
        corpus.Length.ShouldBeGreaterThan(100);
        foreach (string text in corpus)
        {
            int[] expected = shipped.EncodeIds(text, addSpecialTokens: true);
            ours.EncodeIds(text, addSpecialTokens: true).ShouldBe(expected, text);
            ours.Decode(expected).ShouldBe(shipped.Decode(expected), text);
            // The engine takes C strings, which end at a NUL.
            if (text.Contains('\0', StringComparison.Ordinal))
                continue;
            uint[] ids = other.Encode(text);
            one.Encode(text).ShouldBe(ids, text);
            ids.Select(static id => (int)id).ShouldBe(expected, text);
            if (ids.Length > 0)
                one.Decode(ids).ShouldBe(other.Decode(ids), text);
        }
    }

    /// <summary>Merges as "left right", whichever spelling the file has.</summary>
    private static IEnumerable<string> Merges(JsonDocument tokenizer) => tokenizer.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray()
        .Select(static merge => merge.ValueKind == JsonValueKind.String ? merge.GetString()! : $"{merge[0].GetString()} {merge[1].GetString()}");

    private static Dictionary<string, int> Vocabulary(JsonDocument tokenizer) =>
        tokenizer.RootElement.GetProperty("model").GetProperty("vocab").EnumerateObject().ToDictionary(static entry => entry.Name, static entry => entry.Value.GetInt32());

    private static JsonDocument Parse(string path) => JsonDocument.Parse(File.ReadAllText(path));
}
