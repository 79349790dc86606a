using System.Text.Json;
using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;
using LeanTune.ChatTemplates.Spans;
using LeanTune.Checkpoints;
using LeanTune.Tokenization;

namespace LeanTune.ChatTemplates;

/// <summary>Turns conversations into the text that a model was trained on, by the template that comes with the model, and tells which parts of it the assistant writes.</summary>
/// <remarks>
/// Immutable and safe for concurrent use. Templates are Jinja as chat templates use it; they are bounded in steps, size and depth, see nothing but the
/// variables given to them, and can change nothing.
/// </remarks>
public sealed class ChatTemplate
{
    private readonly Template _template;
    private readonly IReadOnlyDictionary<string, string> _tokens;

    private ChatTemplate(string name, string text, IReadOnlyDictionary<string, string>? tokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        Text = text;
        _template = new Template(name, text);
        _tokens = tokens ?? new Dictionary<string, string>();
    }

    /// <summary>Name of the template, or path of its file, as errors name it.</summary>
    public string Name => _template.Name;

    /// <summary>The template's source.</summary>
    public string Text { get; }

    /// <summary>Special tokens that the template knows by name, such as <c>bos_token</c>.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens => _tokens;

    /// <summary>Whether the template itself marks what the assistant writes, by <c>{% generation %}</c>.</summary>
    public bool HasGenerationBlocks => _template.HasGenerationBlocks;

    /// <summary>Whether the template mentions tools; where it does not, tools given to it are lost.</summary>
    public bool MentionsTools => _template.Mentions("tools");

    /// <summary>Whether the template mentions tool calls; where it does not, those of the assistant's messages are lost.</summary>
    public bool MentionsToolCalls => Text.Contains("tool_calls", StringComparison.Ordinal);

    /// <summary>Makes a template of its source.</summary>
    /// <param name="text">The source.</param>
    /// <param name="specialTokens">Special tokens by the names that the template knows: <c>bos_token</c>, <c>eos_token</c>, …</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="TemplateException">The source is no template; the message says the line and what was expected.</exception>
    public static ChatTemplate FromText(string text, IReadOnlyDictionary<string, string>? specialTokens = null, string name = "chat template") => new(name, text, specialTokens);

    /// <summary>Reads a model's template, or another in its place.</summary>
    /// <param name="folder">The model's folder. Looked for are chat_template.jinja, additional_chat_templates/*.jinja, chat_template.json, and <c>chat_template</c> in
    /// tokenizer_config.json (one, or several with names); special tokens are taken from tokenizer_config.json and special_tokens_map.json.</param>
    /// <param name="nameOrFile">Name of one of the folder's templates, or path of a file with a template; null for the folder's default one.</param>
    /// <returns>The template; null when none is asked for and the folder has none.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">There is neither a template of that name nor such a file; the message names those there are.</exception>
    /// <exception cref="CheckpointFormatException">A file of the folder is broken.</exception>
    /// <exception cref="TemplateException">The source is no template.</exception>
    public static ChatTemplate? Load(string folder, string? nameOrFile = null)
    {
        string full = LocalPath.ExistingFolder(folder);
        IReadOnlyDictionary<string, string> templates = TemplateFiles.Read(full), tokens = TemplateFiles.ReadTokens(full);
        if (nameOrFile is null && templates.Count == 0)
            return null;
        string name = nameOrFile ?? (templates.Count == 1 ? templates.Keys.Single() : TemplateFiles.DefaultName);
        if (templates.TryGetValue(name, out string? text))
            return new ChatTemplate(name == TemplateFiles.DefaultName ? $"{full}: chat template" : $"{full}: chat template '{name}'", text, tokens);
        if (File.Exists(name))
            return new ChatTemplate(Path.GetFullPath(name), TemplateFiles.ReadText(name), tokens);
        string known = templates.Count == 0 ? "it has none" : $"it has {string.Join(", ", templates.Keys.Order(StringComparer.Ordinal).Select(static key => $"'{key}'"))}";
        throw new FileNotFoundException(
            $"'{full}' has no chat template '{name}'{NearestName.Hint(name, templates.Keys)} ({known}), and there is no file '{Path.GetFullPath(name)}'.", name);
    }

    /// <summary>Renders a conversation, and finds the parts that are trained.</summary>
    /// <param name="messages">The messages in order.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="TemplateException">The template fails or refuses the conversation, or it cannot be told what the assistant writes.</exception>
    public RenderedChat Render(IReadOnlyList<ChatMessage> messages, ChatRenderOptions? options = null)
    {
        options ??= new ChatRenderOptions();
        ConversationRenderer renderer = Renderer(messages, options);
        Rendering whole = renderer.Render();
        return new RenderedChat(whole.Text, SpanFinder.Find(renderer, whole, options.Turns));
    }

    /// <summary>Renders a conversation alone, as for generating.</summary>
    /// <param name="messages">The messages in order.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="TemplateException">The template fails or refuses the conversation.</exception>
    public string RenderText(IReadOnlyList<ChatMessage> messages, ChatRenderOptions? options = null) =>
        Renderer(messages, options ?? new ChatRenderOptions()).Render().Text;

    /// <summary>What looks like a special token in the template, and that a tokenizer would split into pieces: the model never saw it whole.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <returns>Their texts, each once, in the order of the template; empty when the tokenizer has them all.</returns>
    public IReadOnlyList<string> FindSplitTokens(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        IEnumerable<string> named = _tokens.Where(token => _template.Mentions(token.Key)).Select(static token => token.Value);
        return Split(named.Concat(_template.Literals.SelectMany(SpecialLookalikes.In)), tokenizer);
    }

    /// <summary>What looks like a special token in a rendered conversation, and that a tokenizer would split: also what the template puts together from parts.</summary>
    /// <param name="text">The rendered text, of a conversation whose messages hold no such tokens.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    public static IReadOnlyList<string> FindSplitTokens(string text, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(tokenizer);
        return Split(SpecialLookalikes.In(text), tokenizer);
    }

    private static string[] Split(IEnumerable<string> candidates, Tokenizer tokenizer) =>
        [.. candidates.Where(static token => token.Length > 0).Distinct(StringComparer.Ordinal).Where(token => tokenizer.EncodeIds(token).Length != 1)];

    private ConversationRenderer Renderer(IReadOnlyList<ChatMessage> messages, ChatRenderOptions options)
    {
        ArgumentNullException.ThrowIfNull(messages);
        Dictionary<string, object?> variables = new(StringComparer.Ordinal);
        foreach ((string name, string token) in _tokens)
            variables[name] = token;
        foreach ((string name, JsonElement value) in options.Variables)
            variables[name] = JsonValues.From(value);
        variables["tools"] = options.Tools is JsonElement tools ? JsonValues.From(tools) : null;
        variables["documents"] = options.Documents is JsonElement documents ? JsonValues.From(documents) : null;
        return new ConversationRenderer(_template, variables, messages, options.AddGenerationPrompt, options.Clock);
    }
}
