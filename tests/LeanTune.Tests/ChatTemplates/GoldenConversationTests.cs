using System.Text.Json;
using LeanTune.ChatTemplates;
using LeanTune.Tokenization;

namespace LeanTune.Tests.ChatTemplates;

/// <summary>Whole conversations through whole templates: texts, errors, spans, ids and masks equal those of Hugging Face's library.</summary>
public sealed class GoldenConversationTests
{
    public static TheoryData<string> Templates => [.. GoldenRow.Templates];

    [Theory]
    [MemberData(nameof(Templates))]
    public void Texts_and_errors_are_the_library_s(string template)
    {
        foreach (GoldenRow row in GoldenRow.Of(template))
        {
            if (row.Rendered is string text)
            {
                row.Template.RenderText(row.Messages, row.Options).ShouldBe(text, row.Label);
                continue;
            }

            TemplateException thrown = Should.Throw<TemplateException>(() => row.Template.RenderText(row.Messages, row.Options), row.Label);
            JsonElement error = row.Row.GetProperty("error");
            bool byTemplate = error.GetProperty("type").GetString() == "TemplateError";
            thrown.RaisedByTemplate.ShouldBe(byTemplate, row.Label);
            thrown.TemplateName.ShouldBe(template);
            thrown.Line.ShouldBeGreaterThan(0);
            if (byTemplate)
                thrown.Problem.ShouldBe(error.GetProperty("message").GetString());
        }
    }

    [Theory]
    [InlineData("chatml_generation")]
    [InlineData("llama3_headers")]
    public void Spans_of_generation_blocks_are_the_library_s(string template)
    {
        foreach (GoldenRow row in GoldenRow.Of(template).Where(row => row.Rendered is not null))
        {
            RenderedChat chat = row.Template.Render(row.Messages, row.Options);
            (int, int)[] expected = [.. row.Row.GetProperty("generation_spans").EnumerateArray().Select(span => (span[0].GetInt32(), span[1].GetInt32()))];
            AssistantMask.ToCodePoints(chat.Text, chat.AssistantSpans).Select(span => (span.Start, span.End)).ShouldBe(expected, row.Label);
            chat.AssistantSpans.ShouldAllBe(span => row.Messages[span.Message].IsAssistant);
        }
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void Ids_and_masks_are_the_library_s(string template)
    {
        var tokenizer = Tokenizer.Load(Repository.SharedOrSkip(template == "qwen3" ? "tokenizers/qwen3/tokenizer.json" : "models/smollm2-135m-instruct/tokenizer.json"));
        foreach (GoldenRow row in GoldenRow.Of(template).Where(row => row.Rendered is not null))
        {
            TokenizedChat tokens = row.Template.Render(row.Messages, row.Options).Encode(tokenizer);
            tokens.Ids.ShouldBe(row.Row.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()), row.Label);
            if (row.Row.TryGetProperty("assistant_mask", out JsonElement mask))
                tokens.Supervised.ShouldBe(mask.EnumerateArray().Select(bit => bit.GetInt32() == 1), row.Label);
        }
    }
}
