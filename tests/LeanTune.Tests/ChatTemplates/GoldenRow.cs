using System.Text.Json;
using LeanTune.ChatTemplates;

namespace LeanTune.Tests.ChatTemplates;

/// <summary>One conversation rendered by one template in Hugging Face's library, and the template that should do the same here.</summary>
internal sealed class GoldenRow
{
    private GoldenRow(JsonElement file, JsonElement row)
    {
        Row = row;
        string name = file.GetProperty("template").GetString()!;
        Template = ChatTemplate.FromText(
            File.ReadAllText(Repository.Fixture($"chat/templates/{name}.jinja")),
            new Dictionary<string, string> { ["bos_token"] = file.GetProperty("bos_token").GetString()!, ["eos_token"] = file.GetProperty("eos_token").GetString()! },
            name);
        JsonElement conversation = Conversation(row.GetProperty("conversation").GetString()!);
        Messages = [.. conversation.GetProperty("messages").EnumerateArray().Select(ChatMessage.FromJson)];
        JsonElement tools = conversation.GetProperty("tools");
        Options = new ChatRenderOptions
        {
            AddGenerationPrompt = row.GetProperty("add_generation_prompt").GetBoolean(),
            Tools = tools.ValueKind == JsonValueKind.Null ? null : tools,
            Variables = row.TryGetProperty("kwargs", out JsonElement kwargs) ? kwargs.EnumerateObject().ToDictionary(p => p.Name, p => p.Value) : [],
            Clock = FixedClock.Golden,
        };
    }

    public static string[] Templates { get; } =
    [
        "chatml", "chatml_generation", "gemma_turns", "llama2_inst", "llama3_headers", "macro_schema", "mistral_tools", "phi", "qwen3", "smollm2", "whitespace_mix", "zephyr",
    ];

    public JsonElement Row { get; }

    public ChatTemplate Template { get; }

    public IReadOnlyList<ChatMessage> Messages { get; }

    public ChatRenderOptions Options { get; }

    public string Label => $"{Template.Name}: {Row.GetProperty("conversation").GetString()}, prompt {Options.AddGenerationPrompt}";

    public string? Rendered => Row.TryGetProperty("rendered", out JsonElement text) ? text.GetString() : null;

    public static IEnumerable<GoldenRow> Of(string template)
    {
        JsonElement file = JsonDocument.Parse(File.ReadAllText(Repository.Fixture($"chat/{template}.json"))).RootElement;
        return file.GetProperty("rows").EnumerateArray().Select(row => new GoldenRow(file, row));
    }

    public static JsonElement Conversation(string name) => JsonDocument.Parse(File.ReadAllText(Repository.Fixture("chat/conversations.json"))).RootElement
        .GetProperty("conversations").EnumerateArray().Single(conversation => conversation.GetProperty("name").GetString() == name);
}
