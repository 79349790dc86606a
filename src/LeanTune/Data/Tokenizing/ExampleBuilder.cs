namespace LeanTune.Data;

/// <summary>Tokenises one record and marks which tokens are targets.</summary>
internal sealed class ExampleBuilder(ITextEncoder encoder, int maxLength, bool appendEndToken)
{
    /// <summary>Builds the example, cut at the end to the longest length.</summary>
    /// <remarks>
    /// Prompt and completion are tokenised as one text, as they will be when the model is used. The first token that reaches past the prompt begins the
    /// completion: a token that covers the end of one and the start of the other is a target. The begin token goes first unless the text
    /// spells it out, and the end token last unless the text ends with it.
    /// </remarks>
    public TokenizedExample Build(string? prompt, string target, RecordPlace place)
    {
        int promptLength = prompt?.Length ?? 0;
        (int[] ids, (int Start, int End)[] offsets) = encoder.Encode(prompt + target);
        int firstTarget = Array.FindIndex(offsets, offset => offset.End > promptLength);
        if (firstTarget < 0)
            firstTarget = ids.Length;

        int? begin = ids is [var first, ..] && first == encoder.BeginToken ? null : encoder.BeginToken;
        int? end = !appendEndToken || (ids is [.., var last] && last == encoder.EndToken) ? null : encoder.EndToken;
        int[] all = [.. begin is { } b ? [b] : Array.Empty<int>(), .. ids, .. end is { } e ? [e] : Array.Empty<int>()];
        if (begin is not null)
            firstTarget++;

        int[] kept = all.Length <= maxLength ? all : all[..maxLength];
        bool[] supervised = new bool[kept.Length];
        // Nothing predicts the first token.
        firstTarget = Math.Max(firstTarget, 1);
        if (firstTarget < kept.Length)
            supervised.AsSpan(firstTarget).Fill(true);
        return new TokenizedExample(kept, supervised, place.File, place.Number) { FullLength = all.Length };
    }
}
