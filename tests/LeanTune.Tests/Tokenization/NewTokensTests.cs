using System.Text.Json.Nodes;
using LeanTune.Tokenization;
using LeanTune.Tokenization.Files;
using JsonNode = System.Text.Json.Nodes.JsonNode;
using Oracle = Tokenizers.DotNet.Tokenizer;

namespace LeanTune.Tests.Tokenization;

/// <summary>Tokens that are added to a tokenizer: their ids, what becomes of texts, and the files that say so, read by Hugging Face's own engine.</summary>
public sealed class NewTokensTests : IDisposable
{
    private const string Call = "<|tool|>", End = "<|/tool|>", Odd = "[Werkzeug 🔧]";

    private static readonly string[] s_texts =
    [
        Call, $"{Call}{End}", $"What is it?{Call}look up \"gam\" {End} A meeting.", $"a {Call} b", $"<|tool{Call}|>", $"{Odd}{Odd} x{Odd}", "nothing of the kind", $"[Werkzeug{Odd}",
    ];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. Samples.Trained];

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Names))]
    public void New_tokens_are_whole_with_ids_from_the_end_on_and_so_says_the_file(string name)
    {
        string file = Samples.PathOf(name);
        Tokenizer plain = Tokenizer.Load(file), grown = Tokenizer.Load(file, [Call, End, Odd]);
        int first = plain.VocabularySize;
        grown.NewTokens.ShouldBe([new(Call, first), new(End, first + 1), new(Odd, first + 2)]);
        (grown.VocabularySize, grown.OwnVocabularySize).ShouldBe((first + 3, first));
        grown.EncodeIds($"{Call}{End}{Odd}").ShouldBe([first, first + 1, first + 2]);
        grown.Decode([first, first + 1], skipSpecialTokens: true).ShouldBeEmpty();
        plain.EncodeIds(Call).Length.ShouldBeGreaterThan(1);
        grown.EncodeIds("nothing of the kind").ShouldBe(plain.EncodeIds("nothing of the kind"));

        string written = _folder.File("tokenizer.json");
        using (FileStream stream = File.Create(written)) AddedTokenWriter.WriteTokenizer(stream, file, grown.Additions);
        Tokenizer read = Tokenizer.Load(written);
        Oracle theirs = new(written);
        foreach (string text in s_texts)
        {
            int[] ids = grown.EncodeIds(text, addSpecialTokens: true);
            read.EncodeIds(text, addSpecialTokens: true).ShouldBe(ids, text);
            theirs.Encode(text).Select(id => (int)id).ShouldBe(ids, text);
        }
    }

    [Fact]
    public void All_else_in_the_files_stays_as_it_is()
    {
        string file = Samples.PathOf("bpe_added_template"), config = _folder.File("config.json"), to = _folder.File("to.json");
        Tokenizer grown = Tokenizer.Load(file, [Call]);
        using (FileStream stream = File.Create(to)) AddedTokenWriter.WriteTokenizer(stream, file, grown.Additions);
        JsonObject before = JsonNode.Parse(File.ReadAllText(file))!.AsObject(), after = JsonNode.Parse(File.ReadAllText(to))!.AsObject();
        after["added_tokens"]!.AsArray().Count.ShouldBe(before["added_tokens"]!.AsArray().Count + 1);
        after["added_tokens"]!.AsArray().RemoveAt(after["added_tokens"]!.AsArray().Count - 1);
        JsonNode.DeepEquals(before, after).ShouldBeTrue();

        File.WriteAllText(config, """{"eos_token": "</s>", "added_tokens_decoder": {"2": {"content": "</s>", "special": true}}, "chat_template": "{{ '<|tool|>' }} é"}""");
        using (FileStream stream = File.Create(to)) AddedTokenWriter.WriteConfig(stream, config, grown.Additions);
        JsonNode.DeepEquals(JsonNode.Parse(File.ReadAllText(to)), JsonNode.Parse($$$"""
            {"eos_token": "</s>", "added_tokens_decoder": {"2": {"content": "</s>", "special": true},
             "{{{grown.NewTokens[0].Id}}}": {"content": "<|tool|>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}},
             "chat_template": "{{ '<|tool|>' }} é"}
            """)).ShouldBeTrue();

        File.WriteAllText(config, """{"eos_token": "</s>"}""");
        using (FileStream stream = File.Create(to)) AddedTokenWriter.WriteConfig(stream, config, grown.Additions);
        JsonNode.DeepEquals(JsonNode.Parse(File.ReadAllText(to)), JsonNode.Parse(File.ReadAllText(config))).ShouldBeTrue();
    }

    [Fact]
    public void Tokens_of_the_vocabulary_keep_their_ids()
    {
        string file = Samples.PathOf("byte_bpe");
        Tokenizer plain = Tokenizer.Load(file);
        string piece = Enumerable.Range(300, 500).Select(id => plain.IdToToken(id)!).First(token => token.Length > 2 && token.All(char.IsAsciiLetter));
        Tokenizer grown = Tokenizer.Load(file, ["<|endoftext|>", piece, Call]);
        grown.NewTokens.ShouldBe([new(Call, plain.VocabularySize)]);
        grown.EncodeIds($"<|endoftext|>{piece}").ShouldBe([0, plain.TokenToId(piece)!.Value]);
        grown.EncodeIds($"x{piece}x").ShouldContain(plain.TokenToId(piece)!.Value); // cut out wherever it stands
    }

    [Fact]
    public void A_token_that_the_model_s_files_name_but_lack_is_known_once_it_is_added()
    {
        File.Copy(Samples.PathOf("byte_bpe"), _folder.File("tokenizer.json"));
        File.WriteAllText(_folder.File("tokenizer_config.json"), """{"eos_token": "<|im_end|>"}""");
        Tokenizer.Load(_folder.Path).Special.EosId.ShouldBeNull();
        Tokenizer grown = Tokenizer.Load(_folder.Path, ["<|im_end|>"]);
        grown.Special.EosId.ShouldBe(900);
        grown.Special.EndTokens.ShouldBe([900]);
    }

    [Fact]
    public void Another_tokenizer_s_tokens_come_first_and_must_not_contradict()
    {
        string file = Samples.PathOf("byte_bpe");
        string Other(string name, params string[] tokens)
        {
            string folder = Directory.CreateDirectory(_folder.File(name)).FullName;
            using FileStream stream = File.Create(Path.Combine(folder, "tokenizer.json"));
            AddedTokenWriter.WriteTokenizer(stream, file, Tokenizer.Load(file, tokens).Additions);
            return folder;
        }

        string adapter = Other("adapter", Call);
        Tokenizer both = Tokenizer.Load(file, [End, Call], adapter);
        both.NewTokens.ShouldBe([new(End, 901)]);
        both.EncodeIds($"{Call}{End}").ShouldBe([900, 901]);
        both.Additions.Select(token => token.Id).ShouldBe([900, 901]);

        string model = Other("model", End, Call);
        Should.Throw<TokenizerFormatException>(() => Tokenizer.Load(model, [], adapter)).Message.ShouldContain($"'{Call}' has the id 900, but 901 in the model's");
        string third = Other("third", "<|x|>");
        Should.Throw<TokenizerFormatException>(() => Tokenizer.Load(third, [], adapter)).Message.ShouldContain($"'{Call}' has the id 900, which is '<|x|>' in the model's");
    }

    [Fact]
    public void A_vocabulary_whose_ids_have_gaps_takes_no_new_tokens()
    {
        File.WriteAllText(_folder.File("tokenizer.json"), """{"model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1, "c": 7, "?": 3}, "unk_token": "?"}}""");
        Should.Throw<TokenizerFormatException>(() => Tokenizer.Load(_folder.Path, [Call])).Message
            .ShouldContain("takes no new tokens: its 4 tokens have ids up to 7, and other readers of the file would give a new one the id 4, not 8");
        Tokenizer.Load(_folder.Path, ["c"]).EncodeIds("c").ShouldBe([7]);
    }
}
