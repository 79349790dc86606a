using System.Text.Json;
using System.Text.Json.Nodes;
using LeanTune.ChatTemplates;
using LeanTune.Tokenization;

namespace LeanTune.Data;

/// <summary>Turns conversations into tokens by a model's chat template, and marks what the assistant says as targets: between the records of a file and the examples of a run.</summary>
/// <remarks>The template is read when the first conversation comes, so that other examples need none. For one thread at a time.</remarks>
/// <param name="modelFolder">The model's folder, where its template and special tokens lie.</param>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="turns">Which turns are trained; what a message says of itself comes before this.</param>
/// <param name="templateFile">A file whose template is used instead of the model's, or null.</param>
public sealed class ConversationEncoder(string modelFolder, Tokenizer tokenizer, AssistantTurns turns = AssistantTurns.All, string? templateFile = null)
{
    private ChatTemplate? _template;
    private bool _noted;

    /// <summary>Whether any conversation has come.</summary>
    public bool IsUsed => _template is not null || _noted;

    /// <summary>Conversations whose system message the template left out.</summary>
    internal int WithoutSystem { get; private set; }

    /// <summary>The first of them.</summary>
    internal RecordPlace FirstWithoutSystem { get; private set; }

    /// <summary>What was noticed so far.</summary>
    internal ConversationNotes Notes => new(IsUsed, WithoutSystem, FirstWithoutSystem);

    /// <summary>The same, with nothing noticed yet.</summary>
    internal ConversationEncoder Anew() => new(modelFolder, tokenizer, turns, templateFile);

    /// <summary>Takes in what was noticed of conversations that came from a cache.</summary>
    internal void Note(ConversationNotes notes)
    {
        _noted |= notes.Any;
        if (WithoutSystem == 0)
            FirstWithoutSystem = notes.FirstWithoutSystem;
        WithoutSystem += notes.WithoutSystem;
    }

    /// <summary>Renders and tokenises a conversation, cut at the end to the longest length. The token that ends a turn of the assistant is a target too; none is added.</summary>
    /// <exception cref="DataException">There is no template, it cannot be read, or the tokenizer does not know its special tokens.</exception>
    /// <exception cref="RecordException">The template cannot render this conversation, or nothing in it would be trained.</exception>
    internal TokenizedExample Encode(ConversationExample conversation, int maxLength)
    {
        _template ??= LoadTemplate(conversation.Place);
        RequireNothingLost(conversation, _template);
        RenderedChat rendered = Render(conversation, _template);
        NoteSystem(conversation, rendered.Text);
        (int[] ids, bool[] supervised) = rendered.Encode(tokenizer);
        if (supervised.Length > 0)
            supervised[0] = false; // Nothing predicts the first token.
        if (!supervised.Contains(true))
            throw new RecordException(turns == AssistantTurns.Last
                ? "nothing to train on: the last turn of the assistant says that it is not to be trained, or the chat template writes nothing of it"
                : "nothing to train on: the chat template writes nothing of what the assistant says");
        bool cut = ids.Length > maxLength;
        return new TokenizedExample(cut ? ids[..maxLength] : ids, cut ? supervised[..maxLength] : supervised, conversation.Place.File, conversation.Place.Number) { FullLength = ids.Length };
    }

    private ChatTemplate LoadTemplate(RecordPlace place)
    {
        ChatTemplate template;
        try
        {
            template = ChatTemplate.Load(modelFolder, templateFile is null ? null : Path.GetFullPath(templateFile))
                ?? throw new DataException($"{place}: holds a conversation, but the model in '{modelFolder}' has no chat template: expected chat_template.jinja in its folder, "
                    + "or chat_template in its tokenizer_config.json; or name a file with a template (data.chat_template)");
        }
        catch (TemplateException broken)
        {
            throw new DataException(broken.Message, broken);
        }

        IReadOnlyList<string> split = template.FindSplitTokens(tokenizer);
        return split.Count == 0 ? template : throw new DataException($"{template.Name}: writes {string.Join(", ", split)}, which the model's tokenizer splits into pieces: "
            + "expected tokens that it has whole. Use the template of this very model, name another (data.chat_template), "
            + $"or add {(split.Count == 1 ? "it" : "them")} to the vocabulary and train {(split.Count == 1 ? "it" : "them")} (data.new_tokens: [{string.Join(", ", split.Select(Quoted))}])");
    }

    /// <summary>As YAML writes a text: a token may begin with what has a meaning there.</summary>
    private static string Quoted(string token) => $"'{token.Replace("'", "''", StringComparison.Ordinal)}'";

    private RenderedChat Render(ConversationExample conversation, ChatTemplate template)
    {
        try
        {
            return template.Render([.. conversation.Messages.Select(ForTemplate)], new ChatRenderOptions { Tools = conversation.Tools, Turns = turns });
        }
        catch (TemplateException refused)
        {
            throw new RecordException(refused.Message);
        }
    }

    private void NoteSystem(ConversationExample conversation, string text)
    {
        if (!conversation.Messages.Any(message => message.Role is "system" or "developer" && message.Content?.Trim() is { Length: > 0 } said && !text.Contains(said, StringComparison.Ordinal)))
            return;
        if (WithoutSystem++ == 0)
            FirstWithoutSystem = conversation.Place;
    }

    private static void RequireNothingLost(ConversationExample conversation, ChatTemplate template)
    {
        string? lost = conversation.Tools is { } tools && tools.GetArrayLength() > 0 && !template.MentionsTools ? "'tools'"
            : !template.MentionsToolCalls && conversation.Messages.Any(message => message.ToolCalls.Count > 0) ? "tool calls"
            : null;
        if (lost is not null)
            throw new RecordException($"holds {lost}, of which the chat template writes nothing: leave them out, or name a template that does (data.chat_template)");
    }

    /// <summary>The message as templates expect it, with all fields of the record: content as one text, and arguments of calls as objects, which files hold as text.</summary>
    private static ChatMessage ForTemplate(ConversationMessage message)
    {
        JsonObject fields = message.Original is { } original ? JsonObject.Create(original)! : new JsonObject { ["role"] = message.Role, ["train"] = message.Train };
        fields["content"] = message.Content;
        if (message.ToolCalls.Count > 0)
            fields["tool_calls"] = new JsonArray([.. message.ToolCalls.Select(ForTemplate)]);
        return ChatMessage.FromJson(JsonElement.Parse(fields.ToJsonString()));
    }

    private static JsonNode ForTemplate(ToolCall call)
    {
        JsonObject function = new() { ["name"] = call.Name, ["arguments"] = JsonObject.Create(call.Arguments) };
        return call.Id is null
            ? new JsonObject { ["type"] = "function", ["function"] = function }
            : new JsonObject { ["id"] = call.Id, ["type"] = "function", ["function"] = function };
    }
}
