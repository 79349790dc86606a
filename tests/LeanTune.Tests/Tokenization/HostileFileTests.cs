using System.Diagnostics;
using System.Text.Json.Nodes;
using LeanTune.Tokenization;

namespace LeanTune.Tests.Tokenization;

/// <summary>Broken and hostile files give one clear error that names the file and the place in it: no crash, no hang, no giant allocation.</summary>
public sealed class HostileFileTests
{
    // Name, where the error is, a word of its message, and how the file differs from a good one.
    private static readonly (string Name, string Path, string Word, Action<JsonObject> Change)[] Changes =
    [
        ("no model", "$", "model", file => file.Remove("model")),
        ("a model that is a list", "$.model", "object", file => file["model"] = new JsonArray()),
        ("an unknown model", "$.model.type", "Neural", file => file["model"]!["type"] = "Neural"),
        ("an unknown normalizer", "$.normalizer.type", "Magic", file => file["normalizer"] = Stage("Magic")),
        ("an unknown pre-tokenizer in a sequence", "$.pre_tokenizer.pretokenizers[0].type", "UnicodeScripts", file => file["pre_tokenizer"] = new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(Stage("UnicodeScripts")) }),
        ("an unknown post-processor", "$.post_processor.type", "Glue", file => file["post_processor"] = Stage("Glue")),
        ("an unknown decoder", "$.decoder.type", "CTC", file => file["decoder"] = Stage("CTC")),
        ("a stage without type", "$.decoder", "type", file => file["decoder"] = new JsonObject()),
        ("a stage that is a number", "$.normalizer", "object", file => file["normalizer"] = 5),
        ("a vocabulary that is a list", "$.model.vocab", "object", file => file["model"]!["vocab"] = new JsonArray()),
        ("an id that is text", "$.model.vocab['a']", "id", file => file["model"]!["vocab"]!["a"] = "7"),
        ("a negative id", "$.model.vocab['a']", "-1", file => file["model"]!["vocab"]!["a"] = -1),
        ("a huge id", "$.model.vocab", "2147483647", file => file["model"]!["vocab"]!["a"] = int.MaxValue),
        ("an id beyond 32 bits", "$.model.vocab['a']", "99999999999", file => file["model"]!["vocab"]!["a"] = 99999999999),
        ("an id twice", "$.model.vocab['b']", "also", file => file["model"]!["vocab"]!["b"] = file["model"]!["vocab"]!["a"]!.GetValue<int>()),
        ("a merge of an unknown token", "$.model.merges[0]", "nowhere", file => file["model"]!["merges"] = new JsonArray(new JsonArray("nowhere", "a"))),
        ("a merge into an unknown token", "$.model.merges[0]", "zq", file => file["model"]!["merges"] = new JsonArray("z q")),
        ("a merge of three", "$.model.merges[0]", "two tokens", file => file["model"]!["merges"] = new JsonArray("a b c")),
        ("a merge that is a number", "$.model.merges[0]", "two tokens", file => file["model"]!["merges"] = new JsonArray(3)),
        ("merges that are an object", "$.model.merges", "list", file => file["model"]!["merges"] = new JsonObject()),
        ("dropout", "$.model.dropout", "random", file => file["model"]!["dropout"] = 0.1),
        ("a switch that is a number", "$.model.byte_fallback", "true or false", file => file["model"]!["byte_fallback"] = 1),
        ("a huge added id", "$.added_tokens[0]", "2000000000", file => file["added_tokens"]![0]!["id"] = 2_000_000_000),
        ("an added token with another's id", "$.added_tokens[0]", "vocabulary", file => file["added_tokens"]![0]!["id"] = 1),
        ("an added token twice", "$.added_tokens[1]", "also", file => file["added_tokens"]!.AsArray().Add(file["added_tokens"]![0]!.DeepClone())),
        ("an added token without content", "$.added_tokens[0]", "content", file => file["added_tokens"]![0]!["content"] = ""),
        ("a pattern that is not closed", "$.pre_tokenizer.pattern.Regex", "regular expression", file => file["pre_tokenizer"] = Pattern("(a|b")),
        ("a pattern with a property of its own", "$.pre_tokenizer.pattern.Regex", "\\p{Greek}", file => file["pre_tokenizer"] = Pattern("\\p{Greek}+")),
        ("a pattern with a set inside a set", "$.pre_tokenizer.pattern.Regex", "set inside a set", file => file["pre_tokenizer"] = Pattern("[a[bc]]")),
        ("a pattern that calls itself", "$.pre_tokenizer.pattern.Regex", "group", file => file["pre_tokenizer"] = Pattern("(?<x>a)\\g<x>")),
        ("a giant pattern", "$.pre_tokenizer.pattern.Regex", "488887 characters", file => file["pre_tokenizer"] = Pattern(string.Join('|', Enumerable.Range(0, 83_333)))),
        ("a pattern of another kind", "$.pre_tokenizer.pattern", "Regex", file => file["pre_tokenizer"] = new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Glob"] = "*" }, ["behavior"] = "Isolated" }),
        ("an unknown behavior", "$.pre_tokenizer.behavior", "Sideways", file => file["pre_tokenizer"] = new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["String"] = "a" }, ["behavior"] = "Sideways" }),
        ("a template of unknown tokens", "$.post_processor.single[0].SpecialToken.id", "<x>", file => file["post_processor"] = Template("<x>")),
        ("a template of an unknown id", "$.post_processor.special_tokens.<y>.ids[0]", "123456", file => file["post_processor"] = Template("<y>")),
        ("a character map that is no base64", "$.normalizer.precompiled_charsmap", "base64", file => file["normalizer"] = new JsonObject { ["type"] = "Precompiled", ["precompiled_charsmap"] = "??" }),
        ("a character map cut short", "$.normalizer.precompiled_charsmap", "trie", file => file["normalizer"] = new JsonObject { ["type"] = "Precompiled", ["precompiled_charsmap"] = "/////w==" }),
    ];

    // Name, a word of the message, and the file's whole text.
    private static readonly (string Name, string Word, Func<string, string> Text)[] Texts =
    [
        ("an empty file", "JSON", _ => ""),
        ("a file cut in the middle", "JSON", good => good[..(good.Length / 2)]),
        ("a file cut before its end", "JSON", good => good.TrimEnd()[..^1]),
        ("no JSON at all", "JSON", _ => "\u007FELF\0\0"),
        ("a list", "object", _ => "[]"),
        ("deep nesting", "JSON", _ => string.Concat(Enumerable.Repeat("{\"a\":", 100_000))),
        ("half a surrogate", "Unicode", _ => """{"model":{"type":"\ud800"}}"""),
        ("half a surrogate as a token", "Unicode", _ => """{"model":{"type":"BPE","vocab":{"\udc00":0},"merges":[]}}"""),
        ("a token twice", "twice", _ => """{"model":{"type":"BPE","vocab":{"a":0,"a":1},"merges":[]}}"""),
        ("a score that is infinite", "finite", _ => """{"model":{"type":"Unigram","unk_id":0,"vocab":[["a",1e999]]}}"""),
        ("an unknown id beyond the list", "unk_id", _ => """{"model":{"type":"Unigram","unk_id":9,"vocab":[["a",0]]}}"""),
        ("an unknown token that is none", "[UNK]", _ => """{"model":{"type":"WordPiece","vocab":{"a":0},"max_input_chars_per_word":100}}"""),
    ];

    public static TheoryData<string> ChangeNames => [.. Changes.Select(change => change.Name)];

    public static TheoryData<string> TextNames => [.. Texts.Select(text => text.Name)];

    /// <summary>Random damage: a value somewhere is another one, is gone, or bytes of the file are.</summary>
    [Theory]
    [InlineData("byte_bpe")]
    [InlineData("sp_bpe_bytefallback")]
    [InlineData("unigram")]
    [InlineData("wordpiece")]
    [InlineData("bpe_added_template")]
    public void Damage_anywhere_is_one_clear_error_or_none(string name)
    {
        const int seed = 15, mutations = 150;
        Random random = new(seed);
        using TemporaryFolder folder = new();
        string good = File.ReadAllText(Repository.Fixture($"tokenizers/trained/{name}.json")), path = folder.File("tokenizer.json");
        int refused = 0;
        for (int i = 0; i < mutations; i++)
        {
            string text = i % 3 == 0 ? Torn(good, random) : Changed(good, random);
            File.WriteAllText(path, text);
            try
            {
                Tokenizer tokenizer = Tokenizer.Load(path);
                tokenizer.Decode(tokenizer.EncodeIds("The ship, 12 \u00e9\ud83d\ude00 sailed.", addSpecialTokens: true));
            }
            catch (TokenizerFormatException error)
            {
                error.Message.ShouldContain(path);
                refused++;
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"{name}, seed {seed}, mutation {i}: {error.GetType().Name}: {error.Message}", error);
            }
        }

        refused.ShouldBeGreaterThan(mutations / 3);
    }

    private static string Torn(string text, Random random) => random.Next(3) switch
    {
        0 => text[..random.Next(text.Length)],
        1 => text.Remove(random.Next(text.Length - 40), random.Next(1, 40)),
        _ => text.Insert(random.Next(text.Length), ((string[])["\"", "}", "]", ",", "\0", "9", "\\u"])[random.Next(7)]),
    };

    private static string Changed(string text, Random random)
    {
        JsonNode node = JsonNode.Parse(text)!;
        // Down a random path: small parts of the file are met as often as its vocabulary.
        while (node is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
        {
            JsonNode? next = node is JsonObject o ? o.ElementAt(random.Next(o.Count)).Value : ((JsonArray)node)[random.Next(((JsonArray)node).Count)];
            if (next is null || random.Next(4) == 0) break;
            node = next;
        }

        JsonNode? other = random.Next(9) switch
        {
            0 => null, 1 => -1, 2 => 1e300, 3 => int.MaxValue, 4 => "", 5 => new JsonArray(1), 6 => new JsonObject { ["type"] = "Sequence" }, 7 => true, _ => "\u2581x",
        };
        if (node.Parent is null) return other?.ToJsonString() ?? "null";
        if (random.Next(4) == 0 && node.Parent is JsonObject parent) parent.Remove(node.GetPropertyName());
        else node.ReplaceWith(other);
        return node.Root.ToJsonString();
    }

    [Theory, MemberData(nameof(ChangeNames))]
    public void A_wrong_value_is_named(string name)
    {
        (_, string place, string word, Action<JsonObject> change) = Changes.Single(candidate => candidate.Name == name);
        JsonObject file = JsonNode.Parse(Good())!.AsObject();
        change(file);
        ShouldFail(file.ToJsonString(), place, word);
    }

    [Theory, MemberData(nameof(TextNames))]
    public void A_broken_file_is_named(string name)
    {
        (_, string word, Func<string, string> text) = Texts.Single(candidate => candidate.Name == name);
        ShouldFail(text(Good()), null, word);
    }

    [Fact]
    public void Any_cut_of_a_file_is_an_error()
    {
        string good = Good().TrimEnd();
        for (int length = 0; length < good.Length; length += 997)
            ShouldFail(good[..length], "$", "JSON");
    }

    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("(?=(a+)+$)a")]
    public void A_pattern_that_runs_away_ends_in_time(string pattern)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("tokenizer.json");
        JsonObject file = JsonNode.Parse(Good())!.AsObject();
        file["pre_tokenizer"] = Pattern(pattern);
        File.WriteAllText(path, file.ToJsonString());
        Tokenizer tokenizer = Tokenizer.Load(path);
        Stopwatch watch = Stopwatch.StartNew();
        string text = new string('a', 40) + "!";
        try
        {
            tokenizer.EncodeIds(text);
        }
        catch (TokenizerFormatException error)
        {
            error.JsonPath.ShouldBe("$.pre_tokenizer.pattern.Regex");
            error.Message.ShouldContain("runs away");
        }
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Long_texts_of_one_piece_take_time_in_proportion()
    {
        Tokenizer tokenizer = Samples.Load("sp_bpe_bytefallback");
        Stopwatch watch = Stopwatch.StartNew();
        tokenizer.EncodeIds(new string('a', 1_000_000)).Length.ShouldBeGreaterThan(1000);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_missing_file_or_folder_is_named()
    {
        using TemporaryFolder folder = new();
        Should.Throw<FileNotFoundException>(() => Tokenizer.Load(folder.Path)).Message.ShouldContain("has no tokenizer.json");
        Should.Throw<FileNotFoundException>(() => Tokenizer.Load(folder.File("nothing.json"))).Message.ShouldContain("nothing.json");
    }

    private static void ShouldFail(string text, string? place, string word)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("tokenizer.json");
        File.WriteAllText(path, text);
        long before = GC.GetAllocatedBytesForCurrentThread();
        TokenizerFormatException error = Should.Throw<TokenizerFormatException>(() => Tokenizer.Load(path));
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(64L << 20);
        error.Message.ShouldStartWith(path);
        error.Message.ShouldContain(word);
        error.File.ShouldBe(path);
        if (place is not null)
            error.JsonPath.ShouldBe(place);
    }

    private static string Good() => File.ReadAllText(Repository.Fixture("tokenizers/trained/byte_bpe.json"));

    private static JsonObject Stage(string type) => new() { ["type"] = type };

    private static JsonObject Pattern(string regex) =>
        new() { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = regex }, ["behavior"] = "Isolated", ["invert"] = false };

    private static JsonObject Template(string token) => new()
    {
        ["type"] = "TemplateProcessing",
        ["single"] = new JsonArray(new JsonObject { ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = 0 } }),
        ["special_tokens"] = new JsonObject { ["<y>"] = new JsonObject { ["ids"] = new JsonArray(token == "<y>" ? 123456 : 0) } },
    };
}
