using LeanTune.Tokenization;

namespace LeanTune.Data;

/// <summary>Lets a model's own tokenizer encode examples; the begin token is the one that its post-processor puts before a text.</summary>
public sealed class TokenizerEncoder : ITextEncoder
{
    private readonly Tokenizer _tokenizer;

    /// <summary>Wraps a tokenizer.</summary>
    /// <exception cref="DataException">The post-processor puts several tokens before a text, as no decoder's does.</exception>
    public TokenizerEncoder(Tokenizer tokenizer)
    {
        _tokenizer = tokenizer;
        TokenizedText probe = tokenizer.Encode("a", addSpecialTokens: true);
        int[] before = [.. probe.Ids.TakeWhile((_, i) => probe.SpecialMask[i])];
        if (before.Length > 1)
            throw new DataException($"The tokenizer puts {before.Length} tokens before a text; expected at most one");
        BeginToken = before is [var begin] ? begin : null;
    }

    /// <inheritdoc/>
    public int? BeginToken { get; }

    /// <summary>The tokenizer's end token; where it names none, the first one that ends generation.</summary>
    public int? EndToken => _tokenizer.Special.EosId ?? (_tokenizer.Special.EndTokens is [var first, ..] ? first : null);

    /// <inheritdoc/>
    public EncodedText Encode(string text)
    {
        TokenizedText encoded = _tokenizer.Encode(text, addSpecialTokens: false);
        return new EncodedText(encoded.Ids, ToUtf16(encoded.Offsets, text));
    }

    /// <summary>Turns positions counted in code points, as tokenizers give them, into positions in the string.</summary>
    private static (int Start, int End)[] ToUtf16((int Start, int End)[] offsets, string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return offsets;
        var positions = new List<int>(text.Length + 1);
        for (int at = 0; at < text.Length; at += char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1)
            positions.Add(at);
        positions.Add(text.Length);
        return Array.ConvertAll(offsets, offset => (positions[offset.Start], positions[offset.End]));
    }
}
