using System.Text.Json;
using LeanTune.ChatTemplates;
using LeanTune.Checkpoints;
using LeanTune.Tokenization;

namespace LeanTune.Tests.ChatTemplates;

/// <summary>A model's templates are found wherever hubs put them, by name or by file.</summary>
public sealed class ChatTemplateFilesTests
{
    [Fact]
    public void The_configuration_s_template_gets_its_special_tokens()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "tokenizer_config.json", new { chat_template = "{{ bos_token }}|{{ eos_token }}|{{ unk_token }}", bos_token = "<s>", eos_token = new { content = "</s>", lstrip = false } });
        Write(folder, "special_tokens_map.json", new { bos_token = "other", unk_token = "<unk>" });
        ChatTemplate template = ChatTemplate.Load(folder.Path)!;
        template.RenderText([]).ShouldBe("<s>|</s>|<unk>");
        template.SpecialTokens["eos_token"].ShouldBe("</s>");
    }

    [Fact]
    public void Named_templates_are_found_in_lists_and_in_files()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "tokenizer_config.json", new { chat_template = new[] { new { name = "default", template = "one" }, new { name = "tool_use", template = "two" } } });
        ChatTemplate.Load(folder.Path)!.Text.ShouldBe("one");
        ChatTemplate.Load(folder.Path, "tool_use")!.Text.ShouldBe("two");
        Directory.CreateDirectory(folder.File("additional_chat_templates"));
        File.WriteAllText(folder.File("additional_chat_templates/rag.jinja"), "three");
        File.WriteAllText(folder.File("chat_template.jinja"), "four");
        ChatTemplate.Load(folder.Path, "rag")!.Text.ShouldBe("three");
        ChatTemplate.Load(folder.Path)!.Text.ShouldBe("four");
        FileNotFoundException error = Should.Throw<FileNotFoundException>(() => ChatTemplate.Load(folder.Path, "tool_us"));
        error.Message.ShouldContain("did you mean 'tool_use'");
        error.Message.ShouldContain("'default', 'rag', 'tool_use'");
    }

    [Fact]
    public void A_file_takes_the_place_of_the_model_s_template_and_keeps_its_tokens()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "tokenizer_config.json", new { chat_template = "one", bos_token = "<s>" });
        File.WriteAllText(folder.File("mine.jinja"), "{{ bos_token }}mine\n\n");
        ChatTemplate.Load(folder.Path, folder.File("mine.jinja"))!.RenderText([]).ShouldBe("<s>mine\n");
    }

    [Fact]
    public void A_processor_s_file_and_a_folder_without_any_are_known()
    {
        using var folder = new TemporaryFolder();
        ChatTemplate.Load(folder.Path).ShouldBeNull();
        Should.Throw<FileNotFoundException>(() => ChatTemplate.Load(folder.Path, "default")).Message.ShouldContain("it has none");
        Write(folder, "chat_template.json", new { chat_template = "five" });
        ChatTemplate.Load(folder.Path)!.Text.ShouldBe("five");
        Should.Throw<DirectoryNotFoundException>(() => ChatTemplate.Load(folder.File("absent")));
    }

    [Theory]
    [InlineData("{\"chat_template\": 5}")]
    [InlineData("{\"chat_template\": [{\"name\": \"x\"}]}")]
    [InlineData("{\"chat_template\": [{\"name\": \"x\", \"template\": 5}]}")]
    [InlineData("{\"chat_template\": ")]
    [InlineData("[]")]
    public void A_broken_configuration_is_named(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer_config.json"), json);
        Should.Throw<CheckpointFormatException>(() => ChatTemplate.Load(folder.Path)).Message.ShouldContain("tokenizer_config.json");
    }

    [Fact]
    public void Errors_of_a_file_s_template_name_the_file_and_the_line()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("broken.jinja"), "x\n{% if %}");
        TemplateException error = Should.Throw<TemplateException>(() => ChatTemplate.Load(folder.Path, folder.File("broken.jinja")));
        error.Message.ShouldBe($"{folder.File("broken.jinja")}, line 2: expected an expression, found the end of the tag '%}}'");
    }

    [Fact]
    public void Special_tokens_that_the_tokenizer_would_split_are_named()
    {
        var tokenizer = Tokenizer.Load(Repository.Fixture("tokenizers/trained/byte_bpe.json"));
        ChatTemplate template = ChatTemplate.FromText(
            "{{ bos_token }}{% for m in messages %}<|im_start|>{{ m.role ~ '<|im_end|>' }}{{ '<|' ~ m.role ~ '|>' }}<think>{{ '<|im_end|>' }} a < b |> c <tool>{% endfor %}<end_of_turn>",
            new Dictionary<string, string> { ["bos_token"] = "[BOS-MARK]", ["eos_token"] = "<unused>" });
        template.FindSplitTokens(tokenizer).ShouldBe(["[BOS-MARK]", "<|im_start|>", "<|im_end|>", "<end_of_turn>"]);
        ChatTemplate.FindSplitTokens(template.RenderText([new ChatMessage("user", "x")]), tokenizer).ShouldBe(["<|im_start|>", "<|im_end|>", "<|user|>", "<end_of_turn>"]);
    }

    [Theory]
    [InlineData("models/smollm2-135m-instruct")]
    [InlineData("tokenizers/qwen3")]
    public void Real_models_have_all_tokens_of_their_templates(string folder)
    {
        string path = Repository.SharedOrSkip(folder);
        ChatTemplate template = ChatTemplate.Load(path)!;
        var tokenizer = Tokenizer.Load(path);
        template.FindSplitTokens(tokenizer).ShouldBeEmpty();
        template.Text.ShouldBe(tokenizer.ChatTemplate);
        ChatTemplate.FromText(File.ReadAllText(Repository.Fixture("chat/templates/llama3_headers.jinja"))).FindSplitTokens(tokenizer).ShouldContain("<|start_header_id|>");
    }

    private static void Write(TemporaryFolder folder, string name, object content) => File.WriteAllText(folder.File(name), JsonSerializer.Serialize(content));
}
