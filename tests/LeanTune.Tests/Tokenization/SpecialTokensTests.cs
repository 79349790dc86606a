using LeanTune.Tokenization;

namespace LeanTune.Tests.Tokenization;

/// <summary>Special tokens and the one set of end tokens, from the files of a model's folder.</summary>
public sealed class SpecialTokensTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public SpecialTokensTests() => File.Copy(Repository.Fixture("tokenizers/trained/bpe_added_template.json"), folder.File("tokenizer.json"));

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Tokens_are_read_by_text_first()
    {
        Write("tokenizer_config.json", """{"bos_token":"<s>","eos_token":{"content":"</s>","lstrip":false},"pad_token":null}""");
        Write("special_tokens_map.json", """{"pad_token":"<pad>","bos_token":"<unk>"}""");
        Write("generation_config.json", """{"bos_token_id":7}""");
        SpecialTokens special = Tokenizer.Load(folder.Path).Special;
        special.Bos.ShouldBe(new SpecialToken("<s>", 1));
        special.Eos.ShouldBe(new SpecialToken("</s>", 2));
        special.Pad.ShouldBe(new SpecialToken("<pad>", 0));
        special.Unk.ShouldBeNull();
        special.EndTokens.ShouldBe([2]);
    }

    [Fact]
    public void Tokens_are_read_by_id_where_no_text_is_given()
    {
        Write("generation_config.json", """{"bos_token_id":1,"eos_token_id":[2,0],"pad_token_id":0}""");
        SpecialTokens special = Tokenizer.Load(folder.Path).Special;
        special.Bos.ShouldBe(new SpecialToken("<s>", 1));
        special.EosId.ShouldBe(2);
        special.PadId.ShouldBe(0);
    }

    [Fact]
    public void End_tokens_are_those_of_all_files()
    {
        Write("generation_config.json", """{"eos_token_id":[5,2]}""");
        Write("config.json", """{"eos_token_id":4}""");
        Write("tokenizer_config.json", """{"eos_token":"</s>"}""");
        SpecialTokens special = Tokenizer.Load(folder.Path).Special;
        special.EndTokens.ShouldBe([5, 2, 4]);
        special.WithEndToken(8).EndTokens.ShouldBe([5, 2, 4, 8]);
        special.WithEndToken(4).ShouldBeSameAs(special);
    }

    [Fact]
    public void End_tokens_beyond_the_vocabulary_are_named()
    {
        Write("generation_config.json", """{"eos_token_id":[2,123456,-1]}""");
        SpecialTokens special = Tokenizer.Load(folder.Path).Special;
        special.StrangeEndTokens.ShouldBe([123456, -1]);
        special.Doubt!.ShouldContain("123456 and -1");
        Write("generation_config.json", """{"eos_token_id":[2]}""");
        Tokenizer.Load(folder.Path).Special.Doubt.ShouldBeNull();
    }

    [Fact]
    public void A_token_that_the_tokenizer_lacks_has_no_id()
    {
        Write("tokenizer_config.json", """{"eos_token":"<|nowhere|>"}""");
        SpecialTokens special = Tokenizer.Load(folder.Path).Special;
        special.Eos.ShouldBe(new SpecialToken("<|nowhere|>", null));
        special.EndTokens.ShouldBeEmpty();
    }

    [Fact]
    public void A_tokenizer_alone_has_none()
    {
        SpecialTokens special = Tokenizer.Load(folder.File("tokenizer.json")).Special;
        special.Bos.ShouldBeNull();
        special.EndTokens.ShouldBeEmpty();
    }

    [Fact]
    public void Tokens_that_only_the_config_has_are_added()
    {
        Write("tokenizer_config.json", """{"added_tokens_decoder":{"2":{"content":"</s>","special":true},"908":{"content":"<|extra|>","special":true}}}""");
        Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        tokenizer.VocabularySize.ShouldBe(909);
        tokenizer.EncodeIds("<|extra|>").ShouldBe([908]);
        tokenizer.Decode([908], skipSpecialTokens: true).ShouldBe("");
    }

    [Theory]
    [InlineData("""{"added_tokens_decoder":{"1":{"content":"<|extra|>","special":true}}}""", "$.added_tokens_decoder.1")]
    [InlineData("""{"added_tokens_decoder":{"one":{"content":"<|extra|>","special":true}}}""", "$.added_tokens_decoder.one")]
    [InlineData("""{"eos_token":5}""", "$.eos_token")]
    public void A_config_that_contradicts_is_named(string config, string place)
    {
        Write("tokenizer_config.json", config);
        TokenizerFormatException error = Should.Throw<TokenizerFormatException>(() => Tokenizer.Load(folder.Path));
        error.File.ShouldEndWith("tokenizer_config.json");
        error.JsonPath.ShouldBe(place);
    }

    [Fact]
    public void The_chat_template_is_the_file_or_the_configs_default()
    {
        Tokenizer.Load(folder.Path).ChatTemplate.ShouldBeNull();
        Write("tokenizer_config.json", """{"chat_template":[{"name":"tool_use","template":"T"},{"name":"default","template":"D"}]}""");
        Tokenizer.Load(folder.Path).ChatTemplate.ShouldBe("D");
        Write("tokenizer_config.json", """{"chat_template":"C"}""");
        Tokenizer.Load(folder.Path).ChatTemplate.ShouldBe("C");
        Write("chat_template.jinja", "J");
        Tokenizer.Load(folder.Path).ChatTemplate.ShouldBe("J");
    }

    [Fact]
    public void SmolLM2_has_its_own()
    {
        SpecialTokens special = Tokenizer.Load(Path.GetDirectoryName(Samples.PathOf("smollm2"))!).Special;
        special.Bos.ShouldBe(new SpecialToken("<|im_start|>", 1));
        special.Eos.ShouldBe(new SpecialToken("<|im_end|>", 2));
        special.Pad.ShouldBe(new SpecialToken("<|im_end|>", 2));
        special.Unk.ShouldBe(new SpecialToken("<|endoftext|>", 0));
        special.EndTokens.ShouldBe([2]);
    }

    private void Write(string name, string json) => File.WriteAllText(folder.File(name), json);
}
