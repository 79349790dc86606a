using LeanTune.Tokenization;

namespace LeanTune.ChatTemplates;

/// <summary>A conversation as the text that a model reads, and which parts of it are trained.</summary>
public sealed class RenderedChat
{
    internal RenderedChat(string text, IReadOnlyList<AssistantSpan> spans)
    {
        Text = text;
        AssistantSpans = spans;
    }

    /// <summary>The text, special tokens spelt out.</summary>
    public string Text { get; }

    /// <summary>The trained parts in the order of the text, without overlap, none empty. Each turn's part includes the token that ends the turn.</summary>
    public IReadOnlyList<AssistantSpan> AssistantSpans { get; }

    /// <summary>Turns the text into tokens; none is added, as the template spells out those that belong there.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="TokenizerFormatException">As for <see cref="Tokenizer.Encode"/>.</exception>
    public TokenizedChat Encode(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        TokenizedText tokens = tokenizer.Encode(Text, addSpecialTokens: false);
        return new TokenizedChat(tokens.Ids, AssistantMask.Of(tokens.Offsets, AssistantMask.ToCodePoints(Text, AssistantSpans)));
    }
}
